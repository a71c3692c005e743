// train: pretraining or fine-tuning. The settings are those of `fundi train` (src/train/options.h),
// without output_dir and resume: the stage's folder is the one, continuing is automatic.
#include "train/train.h"

#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "cli/stages/all.h"
#include "cli/stages/common.h"
#include "cli/stages/model_files.h"
#include "models/directory.h"
#include "train/options.h"

namespace fundi::cli {
namespace {

train::TrainOptions parse(const recipe::StageSettings& settings, const fs::path& folder) {
  Json json = settings.with.json();
  for (const char* key : {"output_dir", "resume"}) {
    if (json.contains(key)) {
      fail(ErrorCode::kInvalidArgument, "{}: the recipe decides this itself; remove the key",
           settings.with.where(key));
    }
  }
  json["output_dir"] = (folder / "training").string();
  // The same messages as for any other key: `where("x")` is "recipe.yaml: stages[2].with.x".
  const std::string where = settings.with.where("");
  const size_t colon = where.rfind(": ");
  const std::string path = where.substr(colon + 2, where.size() - colon - 3);
  train::TrainOptions options =
      train::parse_train_options(Config(std::move(json), where.substr(0, colon), path));
  const auto resolve = [&](fs::path& file) {
    if (!file.empty()) file = settings.resolve(file.string());
  };
  resolve(options.model);
  resolve(options.tokenizer);
  resolve(options.sources);
  for (fs::path& file : options.data) resolve(file);
  for (fs::path& file : options.eval_data) resolve(file);
  try {
    return options.resolved();
  } catch (const Error& e) {
    throw Error(e.code(), fmt::format("{}: {}", where.substr(0, where.size() - 1), e.what()));
  }
}

recipe::StagePlan plan(const recipe::StageSettings& settings) {
  const train::TrainOptions options = parse(settings, "stage");
  recipe::StagePlan plan{options.data, {{"model", "model"}, {"metrics", "metrics.jsonl"}}};
  plan.inputs.insert(plan.inputs.end(), options.eval_data.begin(), options.eval_data.end());
  if (!options.sources.empty()) plan.inputs.push_back(options.sources);
  if (!options.model.empty()) plan.inputs.push_back(options.model);
  if (!options.tokenizer.empty() && options.tokenizer != options.model) {
    plan.inputs.push_back(options.tokenizer);
  }
  return plan;
}

Json run(const recipe::StageContext& context) {
  train::TrainOptions options = parse(context.settings, context.folder);
  options.resume = context.resuming;
  const train::TrainResult result = train::train(options);

  AtomicDirectory out(context.folder / "model");
  link_model_files(result.model, out.path());
  out.commit();
  write_file_atomic(context.folder / "metrics.jsonl", read_file(result.metrics));
  const auto model = models::load_model(context.folder / "model");
  const double rate = static_cast<double>(result.tokens) / std::max(1e-9, result.seconds);
  std::string headline =
      fmt::format("{}, loss {:.3f}", count_of(result.steps, "step", "steps"), result.final_loss);
  if (result.eval_loss) headline += fmt::format(", held-out loss {:.3f}", *result.eval_loss);
  headline += fmt::format(", {} tokens/s", format_count(std::llround(rate)));
  return {{"headline", headline},
          {"objective", options.objective},
          {"parameters", models::parameter_count(*model)},
          {"steps", result.steps},
          {"tokens", result.tokens},
          {"seconds", result.seconds},
          {"tokens_per_second", rate},
          {"loss", result.final_loss},
          {"eval_loss", result.eval_loss ? Json(*result.eval_loss) : Json()},
          {"truncated_rows", result.truncated_rows}};
}

}  // namespace

recipe::StageKind train_stage() {
  return {.name = "train",
          .description = "Pretrain or fine-tune a model (objective: pretrain | sft)",
          .resumable = true,
          .plan = plan,
          .run = run};
}

}  // namespace fundi::cli
