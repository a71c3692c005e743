// dictionary: reads dictd dictionaries.
//
//   dictionaries:
//     - name: swh-eng                                # how later stages call it
//       path: /usr/share/dictd/freedict-swh-eng      # without .index and .dict.dz
//       package: dict-freedict-swh-eng               # named when the files are missing
#include <system_error>

#include "base/error.h"
#include "base/progress.h"
#include "base/text.h"
#include "cli/stages/all.h"
#include "cli/stages/common.h"
#include "cli/stages/dictionary_file.h"

namespace fundi::cli {
namespace {

struct Source {
  std::string name;
  fs::path index, dict;
};

fs::path existing(const fs::path& stem, std::initializer_list<const char*> endings,
                  const std::string& where, const std::string& package) {
  for (const char* ending : endings) {
    fs::path path = stem;
    path += ending;
    std::error_code error;
    if (fs::exists(path, error)) return path;
  }
  fail(ErrorCode::kNotFound, "{}: {}{}: no such file{}", where, stem.string(), *endings.begin(),
       package.empty() ? "" : fmt::format("; install the Debian package {}", package));
}

std::vector<Source> parse(const recipe::StageSettings& settings) {
  std::vector<Source> sources;
  for (const Config& config : settings.with.children("dictionaries")) {
    Source source;
    source.name = config.get<std::string>("name");
    if (source.name.empty() || source.name.find('/') != std::string::npos) {
      fail(ErrorCode::kInvalidArgument, "{}: '{}' is not a name", config.where("name"),
           source.name);
    }
    for (const Source& other : sources) {
      if (other.name == source.name) {
        fail(ErrorCode::kInvalidArgument, "{}: '{}' names two dictionaries", config.where("name"),
             source.name);
      }
    }
    const auto package = config.get<std::string>("package", "");
    const fs::path stem = settings.resolve(config.get<std::string>("path"));
    config.finish();
    source.index = existing(stem, {".index"}, config.where("path"), package);
    source.dict = existing(stem, {".dict.dz", ".dict"}, config.where("path"), package);
    sources.push_back(std::move(source));
  }
  settings.with.finish();
  if (sources.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: needs at least one dictionary",
         settings.with.where("dictionaries"));
  }
  return sources;
}

Json run(const recipe::StageContext& context) {
  const std::vector<Source> sources = parse(context.settings);
  Progress progress(context.folder.filename().string(), "dictionaries",
                    static_cast<int64_t>(sources.size()));
  AtomicDirectory out(context.folder / "dictionaries");
  Json summary = {{"sources", Json::array()}};
  int64_t entries = 0;
  for (const Source& source : sources) {
    const data::Dictionary dictionary = data::read_dictd(source.index, source.dict);
    save_dictionary(dictionary, out.path(), source.name);
    entries += dictionary.counts.entries;
    summary["sources"].push_back({{"name", source.name},
                                  {"title", dictionary.info.name},
                                  {"url", dictionary.info.url},
                                  {"licence", dictionary.info.licence},
                                  {"file", source.dict.string()},
                                  {"counts", counts_json(dictionary.counts)}});
    progress.advance();
  }
  out.commit();
  summary["entries"] = entries;
  summary["headline"] =
      fmt::format("{} from {}", count_of(entries, "entry", "entries"),
                  count_of(static_cast<int64_t>(sources.size()), "dictionary", "dictionaries"));
  return summary;
}

}  // namespace

recipe::StageKind dictionary_stage() {
  recipe::StageKind kind{.name = "dictionary",
                         .description = "Read dictd dictionaries into entries with translations"};
  kind.plan = [](const recipe::StageSettings& settings) {
    recipe::StagePlan plan{{}, {{"dictionaries", "dictionaries"}}};
    for (const Source& source : parse(settings)) {
      plan.inputs.push_back(source.index);
      plan.inputs.push_back(source.dict);
    }
    return plan;
  };
  kind.run = run;
  return kind;
}

}  // namespace fundi::cli
