#include "curate/flow/recipe.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text.h"

namespace fundi::curate {
namespace {

// Bytes. Less is a slip: of thousands of tasks or files none would hold anything to speak of.
constexpr uint64_t kLeastTask = 1'000, kLeastShard = 1'000, kLeastExtraction = 4'000'000;

struct StepMaker {
  const Config& recipe;
  const fs::path& base;
  std::vector<std::string> sources;
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
    StepContext context{.base = base, .inputs = {}, .sources = sources};
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

std::string text_of(const Config& config, std::string_view key) {
  const Json& value = config.raw(key);
  return value.is_number() ? dump_json(value) : config.get<std::string>(key);
}

uint64_t bytes_of(const Config& config, std::string_view key, uint64_t fallback,
                  uint64_t least = 1) {
  if (!config.has(key)) return config.raw(key), fallback;
  const uint64_t bytes = parse_bytes(text_of(config, key), config.where(key));
  if (bytes >= least) return bytes;
  fail(ErrorCode::kInvalidArgument, "{}: must be at least {}", config.where(key),
       format_bytes(least));
}

Amount amount_of(const Config& config, std::string_view key) {
  if (!config.has(key)) return config.raw(key), Amount();
  return parse_amount(text_of(config, key), config.where(key));
}

double fraction_of(const Config& config, std::string_view key, double fallback) {
  const auto value = config.get<double>(key, fallback);
  if (!(value >= 0 && value < 1)) {
    fail(ErrorCode::kInvalidArgument, "{}: {} is not from 0 to below 1", config.where(key), value);
  }
  return value;
}

void check_weights(const MixOptions& mix, const Config& config, size_t weights) {
  if (mix.temperature > 0 && weights > 0) {
    fail(ErrorCode::kInvalidArgument, "{}: give weights or a temperature, not both",
         config.where("temperature"));
  }
  if (weights > 0 && weights < mix.shares.size()) {
    fail(ErrorCode::kInvalidArgument, "{}: {} of {} sources have a weight; give every source one",
         config.where("sources"), weights, mix.shares.size());
  }
  const auto is_zero = [](const MixOptions::Share& share) { return share.weight == 0; };
  if (weights > 0 && std::ranges::all_of(mix.shares, is_zero)) {
    fail(ErrorCode::kInvalidArgument, "{}: all weights are 0", config.where("sources"));
  }
}

MixOptions read_mix(const Config& config, const std::vector<Source>& sources) {
  MixOptions mix;
  mix.temperature = config.get<double>("temperature", mix.temperature);
  if (!(mix.temperature >= 0 && std::isfinite(mix.temperature))) {
    fail(ErrorCode::kInvalidArgument, "{}: must be above 0", config.where("temperature"));
  }
  mix.total = amount_of(config, "total");
  mix.validation = fraction_of(config, "validation", mix.validation);
  mix.shuffle = config.get<bool>("shuffle", mix.shuffle);
  mix.seed = static_cast<uint64_t>(config.get<int64_t>("seed", 0));
  const Config shares = config.child("sources");
  size_t weights = 0;
  for (const Source& source : sources) {
    const Config share = shares.child(source.name);
    mix.shares.push_back({share.get<double>("weight", -1), share.get<double>("epochs", 1),
                          amount_of(share, "budget")});
    const double weight = mix.shares.back().weight;
    weights += share.has("weight");
    if (share.has("weight") && !(weight >= 0 && std::isfinite(weight))) {
      fail(ErrorCode::kInvalidArgument, "{}: must be 0 or more", share.where("weight"));
    }
    if (!(mix.shares.back().epochs > 0 && mix.shares.back().epochs <= 1000)) {
      fail(ErrorCode::kInvalidArgument, "{}: must be above 0 and at most 1000",
           share.where("epochs"));
    }
    share.finish();
  }
  shares.finish();
  config.finish();
  check_weights(mix, config, weights);
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
  write.shard_size = bytes_of(config, "shard_size", write.shard_size, kLeastShard);
  write.shards = config.get<int64_t>("shards", 0);
  write.level = config.get<int>("level", write.level);
  if (const auto path = config.find<std::string>("tokenizer")) {
    write.tokenizer = (base / *path).lexically_normal();
    if (!fs::exists(write.tokenizer)) {
      fail(ErrorCode::kNotFound, "{}: {}: no such file", config.where("tokenizer"),
           write.tokenizer.string());
    }
    const std::string name = write.tokenizer.filename();
    if (!fs::is_directory(write.tokenizer) && name != "tokenizer.json" &&
        name != "tokenizer.model") {
      fail(ErrorCode::kInvalidArgument,
           "{}: '{}' is no tokenizer: name a model's folder, its tokenizer.json or tokenizer.model",
           config.where("tokenizer"), name);
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

// Readers take their keys when they open a file; what is left then is unknown. A file that cannot
// be opened goes into quarantine, unless none can: then it is the recipe that is wrong.
void check_source(const Source& source) {
  std::set<const ReaderKind*> seen;
  std::optional<Error> wrong;
  for (const Source::File& file : source.files) {
    if (file.path == "-" || seen.contains(file.kind)) continue;
    try {
      file.kind->open(file.path, {0, 0}, source.config);
      seen.insert(file.kind);
    } catch (const Error& e) {
      if (!wrong && e.code() != ErrorCode::kCorruptData) wrong = e;
    }
  }
  if (!seen.empty()) return source.config.finish();
  if (wrong) throw *wrong;
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

bool MixOptions::counts_tokens() const {
  return total.tokens ||
         std::ranges::any_of(shares, [](const Share& share) { return share.budget.tokens; });
}

std::vector<Step> read_steps(const Config& config, const fs::path& base,
                             const std::vector<Source>& sources) {
  std::vector<Step> steps;
  const Json& list = config.raw("steps");
  if (list.is_null()) return steps;
  if (!list.is_array()) {
    fail(ErrorCode::kInvalidArgument, "{}: must be a list", config.where("steps"));
  }
  StepMaker maker{config, base, {}, {}};
  for (const Source& source : sources) maker.sources.push_back(source.name);
  for (size_t i = 0; i < list.size(); ++i) steps.push_back(maker.make(list[i], i));
  return steps;
}

CurateRecipe CurateRecipe::load(const fs::path& path, const std::vector<std::string>& overrides,
                                uint64_t sample) {
  Config config = Config::load_yaml(path);
  for (const std::string& assignment : overrides) config.apply_override(assignment);
  const std::string name = config.get<std::string>("name", path.stem().string());
  if (name.empty() || name.starts_with('.') || name.find('/') != std::string::npos) {
    fail(ErrorCode::kInvalidArgument, "{}: '{}' is no name for a folder", config.where("name"),
         name);
  }
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
  recipe.sources = read_sources(config, base, recipe.output);
  for (const Source& source : recipe.sources) check_source(source);
  const uint64_t task_size = bytes_of(config, "task_size", 64'000'000, kLeastTask);
  recipe.shards = cut_into_shards(recipe.sources, task_size);
  const Config extract = config.child("extract");
  recipe.extract.main_content = extract.get<bool>("main_content", true);
  recipe.extract_timeout = extract.get<double>("timeout", recipe.extract_timeout);
  if (!(recipe.extract_timeout > 0 && recipe.extract_timeout <= 1e6)) {
    fail(ErrorCode::kInvalidArgument, "{}: must be above 0 seconds and at most a million",
         extract.where("timeout"));
  }
  recipe.extract_memory = bytes_of(extract, "memory", recipe.extract_memory, kLeastExtraction);
  extract.finish();
  recipe.steps = read_steps(config, base, recipe.sources);
  recipe.mix = read_mix(config.child("mix"), recipe.sources);
  recipe.write = read_write(config.child("write"), base);
  if (recipe.mix.counts_tokens() && recipe.write.tokenizer.empty()) {
    fail(ErrorCode::kInvalidArgument,
         "{}: what counts tokens wants a tokenizer: set write.tokenizer", config.where("mix"));
  }
  const uint64_t text = text_bytes(recipe.sources);
  constexpr int64_t kMostPartitions = 4096;
  const auto enough = std::min(static_cast<int64_t>(text / 128'000'000 + 1), kMostPartitions);
  const auto partitions = config.get<int64_t>("partitions", enough);
  if (partitions < 1 || partitions > kMostPartitions) {
    fail(ErrorCode::kInvalidArgument, "{}: must be 1 to {}", config.where("partitions"),
         kMostPartitions);
  }
  recipe.partitions = static_cast<size_t>(partitions);
  if (recipe.write.shards == 0) {
    recipe.write.shards =
        static_cast<int64_t>(std::clamp<uint64_t>(text / recipe.write.shard_size + 1, 1, 100'000));
  }
  config.finish();
  return recipe;
}

}  // namespace fundi::curate
