#include "curate/flow/recipe.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"

namespace fundi::curate {
namespace {

struct StepMaker {
  const Config& recipe;
  const fs::path& base;
  std::map<std::string, int> made;

  Step make(const Json& entry, size_t index) {
    const std::string where = recipe.where(fmt::format("steps[{}]", index));
    std::string name;
    Json settings = Json::object();
    if (entry.is_string()) {
      name = entry.get<std::string>();
    } else if (entry.is_object() && entry.size() == 1) {
      name = entry.begin().key();
      if (!entry.begin().value().is_null()) settings = entry.begin().value();
    }
    if (name.empty() || !settings.is_object()) {
      fail(ErrorCode::kInvalidArgument,
           "{}: write the name of a step, or 'name: {{settings}}' under one dash", where);
    }
    const Config config(settings, where + "." + name);
    StepContext context{.base = base, .inputs = {}};
    Step step{.name = name,
              .version = 1,
              .searches = false,
              .settings = settings,
              .inputs = {},
              .document = {},
              .group = {}};
    std::vector<std::string> names;
    for (const DocumentStepKind& kind : document_step_kinds()) {
      names.push_back(kind.name);
      if (kind.name != name) continue;
      step.version = kind.version;
      step.searches = kind.searches;
      step.document = kind.make(config, context);
    }
    for (const GroupStepKind& kind : group_step_kinds()) {
      names.push_back(kind.name);
      if (kind.name != name) continue;
      step.version = kind.version;
      step.searches = true;
      step.group = kind.make(config, context);
    }
    if (!step.document && !step.group) {
      const auto near = closest(name, names);
      fail(ErrorCode::kInvalidArgument, "{}: no step '{}'{} (there are: {})", where, name,
           near ? fmt::format("; did you mean '{}'?", *near) : "", fmt::join(names, ", "));
    }
    step.inputs = std::move(context.inputs);
    if (const int n = ++made[name]; n > 1) step.name += fmt::format(".{}", n);
    return step;
  }
};

uint64_t bytes_of(const Config& config, std::string_view key, uint64_t fallback) {
  if (!config.has(key)) return config.raw(key), fallback;
  if (config.raw(key).is_number()) return static_cast<uint64_t>(config.get<int64_t>(key));
  return parse_bytes(config.get<std::string>(key), config.where(key));
}

double fraction_of(const Config& config, std::string_view key, double fallback) {
  const auto value = config.get<double>(key, fallback);
  if (!(value >= 0 && value < 1)) {
    fail(ErrorCode::kInvalidArgument, "{}: {} is not from 0 to below 1", config.where(key), value);
  }
  return value;
}

MixOptions read_mix(const Config& config, const std::vector<Source>& sources) {
  MixOptions mix;
  mix.temperature = config.get<double>("temperature", mix.temperature);
  mix.total = bytes_of(config, "total", mix.total);
  mix.validation = fraction_of(config, "validation", mix.validation);
  mix.shuffle = config.get<bool>("shuffle", mix.shuffle);
  mix.seed = static_cast<uint64_t>(config.get<int64_t>("seed", 0));
  const Config shares = config.child("sources");
  for (const Source& source : sources) {
    const Config share = shares.child(source.name);
    mix.shares.push_back({share.get<double>("weight", -1), share.get<double>("epochs", 1),
                          bytes_of(share, "budget", 0)});
    if (!(mix.shares.back().epochs > 0 && mix.shares.back().epochs <= 1000)) {
      fail(ErrorCode::kInvalidArgument, "{}: must be above 0 and at most 1000",
           share.where("epochs"));
    }
    share.finish();
  }
  shares.finish();
  config.finish();
  return mix;
}

const ShardFormat& shard_format(const Config& config) {
  const auto name = config.get<std::string>("format", shard_formats().front().name);
  std::vector<std::string> names;
  for (const ShardFormat& format : shard_formats()) {
    names.push_back(format.name);
    if (format.name != name) continue;
    if (format.lacks.empty()) return format;
    fail(ErrorCode::kUnsupported, "{}: fundi was {}", config.where("format"), format.lacks);
  }
  fail(ErrorCode::kInvalidArgument, "{}: no format '{}' (there are: {})", config.where("format"),
       name, fmt::join(names, ", "));
}

WriteOptions read_write(const Config& config, const fs::path& base) {
  WriteOptions write;
  write.format = &shard_format(config);
  write.shard_size = bytes_of(config, "shard_size", write.shard_size);
  write.shards = config.get<int64_t>("shards", 0);
  write.level = config.get<int>("level", write.level);
  if (const auto path = config.find<std::string>("tokenizer")) {
    write.tokenizer = (base / *path).lexically_normal();
    if (!fs::exists(write.tokenizer)) {
      fail(ErrorCode::kNotFound, "{}: {}: no such file", config.where("tokenizer"),
           write.tokenizer.string());
    }
  }
  const bool level_fits = write.level >= 1 && write.level <= 19;
  if (!level_fits || write.shards < 0 || write.shards > 100'000) {
    fail(ErrorCode::kInvalidArgument, "{}: out of range (level 1 to 19, shards 0 to 100000)",
         config.where(level_fits ? "shards" : "level"));
  }
  config.finish();
  return write;
}

// Readers take their keys when they open a file; what is left then is unknown.
void check_source(const Source& source) {
  std::set<const ReaderKind*> seen;
  for (const Source::File& file : source.files) {
    if (file.path == "-" || seen.contains(file.kind)) continue;
    try {
      file.kind->open(file.path, {0, 0}, source.config);
      seen.insert(file.kind);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kCorruptData) throw;  // the run puts such a file into quarantine
    }
  }
  if (!seen.empty()) source.config.finish();
}

// Compressed input is taken to hold four times its size.
uint64_t text_bytes(const std::vector<Source>& sources) {
  uint64_t bytes = 0;
  for (const Source& source : sources) {
    for (const Source::File& file : source.files) {
      const std::string extension = file.path.extension().string();
      const bool packed = extension == ".gz" || extension == ".zst" || extension == ".parquet";
      bytes += file.bytes * (packed ? 4 : 1);
    }
  }
  return bytes;
}

}  // namespace

std::vector<Step> read_steps(const Config& config, const fs::path& base) {
  std::vector<Step> steps;
  const Json& list = config.raw("steps");
  if (list.is_null()) return steps;
  if (!list.is_array()) {
    fail(ErrorCode::kInvalidArgument, "{}: must be a list", config.where("steps"));
  }
  StepMaker maker{config, base, {}};
  for (size_t i = 0; i < list.size(); ++i) steps.push_back(maker.make(list[i], i));
  return steps;
}

CurateRecipe CurateRecipe::load(const fs::path& path, const std::vector<std::string>& overrides,
                                uint64_t sample) {
  Config config = Config::load_yaml(path);
  for (const std::string& assignment : overrides) config.apply_override(assignment);
  const std::string name = config.get<std::string>("name", path.stem().string());
  CurateRecipe recipe = parse(config, fs::absolute(path).parent_path(), name, "corpora/" + name);
  recipe.origin = path.string();
  recipe.overrides = overrides;
  recipe.sample = sample;
  if (sample > 0) recipe.output /= "sample";
  return recipe;
}

CurateRecipe CurateRecipe::parse(const Config& config, const fs::path& base, std::string name,
                                 const fs::path& output) {
  CurateRecipe recipe;
  recipe.json = config.json();
  recipe.name = recipe.origin = config.get<std::string>("name", std::move(name));
  recipe.output = fs::absolute(config.get<std::string>("output", output.string()));
  recipe.sources = read_sources(config, base);
  for (const Source& source : recipe.sources) check_source(source);
  const uint64_t task_size = bytes_of(config, "task_size", 64'000'000);
  recipe.shards = cut_into_shards(recipe.sources, std::max<uint64_t>(task_size, 1));
  const Config extract = config.child("extract");
  recipe.extract.main_content = extract.get<bool>("main_content", true);
  recipe.extract_timeout = extract.get<double>("timeout", recipe.extract_timeout);
  recipe.extract_memory = bytes_of(extract, "memory", recipe.extract_memory);
  extract.finish();
  recipe.steps = read_steps(config, base);
  recipe.mix = read_mix(config.child("mix"), recipe.sources);
  recipe.write = read_write(config.child("write"), base);
  const uint64_t text = text_bytes(recipe.sources);
  recipe.partitions = static_cast<size_t>(std::clamp<int64_t>(
      config.get<int64_t>("partitions", static_cast<int64_t>(text / 128'000'000 + 1)), 1, 4096));
  if (recipe.write.shards == 0) {
    recipe.write.shards = static_cast<int64_t>(std::clamp<uint64_t>(
        text / std::max<uint64_t>(recipe.write.shard_size, 1) + 1, 1, 100'000));
  }
  config.finish();
  return recipe;
}

}  // namespace fundi::curate
