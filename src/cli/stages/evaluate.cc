// evaluate: asks a model questions, greedily, and compares the answers (exact match after NFC and
// stripping).
//
//   model: ${sft.model}
//   data: ${rows.eval}        # JSONL {prompt, completion, seen}; see evals/exact_match.h
//   max_tokens: 48            # of an answer
//   concurrency: 64           # questions answered together
//   limit: 0                  # questions of each set, drawn by the seed; 0: all
//   samples: 12               # right and wrong answers kept of each set
//   seed: 0
#include "base/error.h"
#include "base/text.h"
#include "cli/stages/all.h"
#include "cli/stages/common.h"
#include "evals/exact_match.h"
#include "models/loaded_model.h"

namespace fundi::cli {
namespace {

struct Settings {
  fs::path model;
  std::vector<fs::path> data;
  evals::ExactMatchOptions options;
};

Settings parse(const recipe::StageSettings& settings) {
  const Config& with = settings.with;
  Settings out;
  out.model = settings.path("model");
  out.data = path_list(settings, "data");
  evals::ExactMatchOptions& options = out.options;
  options.max_tokens = with.get<int64_t>("max_tokens", options.max_tokens);
  options.concurrency = with.get<int64_t>("concurrency", options.concurrency);
  options.limit = with.get<int64_t>("limit", options.limit);
  options.samples = with.get<int64_t>("samples", options.samples);
  const auto seed = with.get<int64_t>("seed", 0);
  with.finish();
  options.seed = static_cast<uint64_t>(seed);
  try {
    options.validate();
  } catch (const Error& e) {
    throw Error(e.code(), with.where(e.what()));
  }
  return out;
}

Json run(const recipe::StageContext& context) {
  const Settings settings = parse(context.settings);
  std::vector<evals::ExactMatchItem> items;
  for (const fs::path& path : settings.data) {
    for (auto& item : evals::read_exact_match_items(path, path.stem().string())) {
      items.push_back(std::move(item));
    }
  }
  const models::LoadedModel loaded = models::load_with_tokenizer(settings.model);
  const evals::ExactMatchResult result = evals::exact_match(
      items, evals::greedy_answerer(*loaded.model, *loaded.tokenizer, settings.options),
      settings.options);
  write_file_atomic(context.folder / "results.json", dump_json_pretty(result.to_json()));

  Json summary = {{"headline", ""}, {"sets", Json::array()}, {"seconds", result.seconds}};
  std::string headline;
  int64_t total = 0;
  for (const evals::ExactMatchSet& set : result.sets) {
    if (set.name == "seen" || set.name == "unseen") {
      summary[set.name + "_exact_match"] = set.rate();
    }
    summary["sets"].push_back({{"name", set.name},
                               {"total", set.total},
                               {"right", set.right},
                               {"exact_match", set.rate()}});
    headline += fmt::format("{}{} {:.1f}%", headline.empty() ? "exact match: " : ", ", set.name,
                            100 * set.rate());
    total += set.total;
  }
  summary["headline"] = headline;
  summary["questions_per_second"] = static_cast<double>(total) / std::max(1e-9, result.seconds);
  return summary;
}

}  // namespace

recipe::StageKind evaluate_stage() {
  recipe::StageKind kind{.name = "evaluate",
                         .description = "Ask a model questions and count exact matches"};
  kind.plan = [](const recipe::StageSettings& settings) {
    const Settings parsed = parse(settings);
    recipe::StagePlan plan{{parsed.model}, {{"results", "results.json"}}};
    plan.inputs.insert(plan.inputs.end(), parsed.data.begin(), parsed.data.end());
    return plan;
  };
  kind.run = run;
  return kind;
}

}  // namespace fundi::cli
