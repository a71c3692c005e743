// curate: documents of any kind to a clean corpus. The settings are those of a recipe for `fundi
// curate` (curate/flow/recipe.h), without name and output: the stage's folder is that.
//
//   sources:
//     - {name: news, path: news/*.tsv, text: [headline, text], licence: CC-BY-4.0}
//   steps: [normalise, exact_duplicates]
//   mix: {validation: 0.01}
#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/stages/all.h"
#include "cli/stages/common.h"
#include "curate/flow/executor.h"
#include "recipe/recipe.h"

namespace fundi::cli {
namespace {

curate::CurateRecipe parse(const recipe::StageSettings& settings, const std::string& name,
                           const fs::path& folder) {
  for (const char* key : {"name", "output"}) {
    if (settings.with.has(key)) {
      fail(ErrorCode::kInvalidArgument, "{}: the recipe decides this itself; remove the key",
           settings.with.where(key));
    }
  }
  return curate::CurateRecipe::parse(settings.with, settings.base, name, folder);
}

recipe::StagePlan plan(const recipe::StageSettings& settings) {
  recipe::StagePlan plan{curate::source_paths(settings.with, settings.base),
                         {{"data", "data"}, {"sources", "sources.json"}, {"card", "card.html"}}};
  for (curate::Step& step : curate::read_steps(settings.with, settings.base)) {
    plan.inputs.insert(plan.inputs.end(), step.inputs.begin(), step.inputs.end());
  }
  // What an earlier stage is to make cannot be looked at yet.
  if (!settings.refers) parse(settings, "curate", "curate");
  return plan;
}

// Of the card, for the report, the model's card and what is trained on the corpus.
Json sources_of(const Json& card) {
  Json sources = Json::array();
  for (const Json& source : card.at("sources")) {
    Json licences = Json::array();
    for (const Json& entry : source.at("licences")) licences.push_back(entry.at("licence"));
    sources.push_back({{"source", source.at("source")},
                       {"title", source.at("title")},
                       {"origin", source.at("origin")},
                       {"licences", std::move(licences)},
                       {"documents", source.at("written").at(0)},
                       {"bytes", source.at("written").at(1)}});
  }
  return sources;
}

Json run(const recipe::StageContext& context) {
  const std::string name = context.recipe != nullptr ? context.recipe->name : "curate";
  const curate::Plan work(parse(context.settings, name, context.folder));
  const curate::Execution execution =
      curate::find_executor("local").run(work, {.threads = thread_count()});
  if (!execution.given_up.empty()) {
    fail(ErrorCode::kInternal, "{} tasks were given up, the first: {}: {}",
         execution.given_up.size(), execution.given_up.front().task,
         execution.given_up.front().log);
  }
  const Json card = read_json(context.folder / "card.json");
  Json sources = sources_of(card);
  write_file_atomic(context.folder / "sources.json", dump_json_pretty(sources));
  const Json& read = card.at("read");
  const int64_t records = read.at("records"), written = card.at("written").at("documents");
  return {{"headline", fmt::format("{} of {}", count_of(written, "document", "documents"),
                                   count_of(records, "record", "records"))},
          {"records", records},
          {"quarantined", read.at("quarantined")},
          {"documents", written},
          {"bytes", card.at("written").at("bytes")},
          {"notes", card.at("notes")},
          {"sources", std::move(sources)}};
}

}  // namespace

recipe::StageKind curate_stage() {
  return {.name = "curate",
          .description = "Make a clean corpus of documents, with its data card",
          .version = 2,
          .resumable = true,
          .plan = plan,
          .run = run};
}

}  // namespace fundi::cli
