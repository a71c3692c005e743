#include "cli/train.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/app.h"
#include "train/train.h"

namespace fundi::cli {
namespace {

void print(const train::TrainResult& result) {
  const double rate = result.seconds > 0 ? static_cast<double>(result.tokens) / result.seconds : 0;
  if (global_options().json) {
    Json json = {{"model", result.model.string()},
                 {"steps", result.steps},
                 {"num_tokens", result.tokens},
                 {"seconds", result.seconds},
                 {"tokens_per_second", rate},
                 {"loss", result.final_loss},
                 {"eval_loss", result.eval_loss ? Json(*result.eval_loss) : Json()},
                 {"truncated_rows", result.truncated_rows},
                 {"metrics", result.metrics.string()}};
    fmt::print("{}\n", dump_json(json));
    return;
  }
  fmt::print("{} steps, {} tokens in {} ({:.0f} tokens/s), loss {:.4f}", result.steps,
             format_count(result.tokens), format_duration(result.seconds), rate, result.final_loss);
  if (result.eval_loss) fmt::print(", eval loss {:.4f}", *result.eval_loss);
  fmt::print("\nmodel    {}\nmetrics  {}\n", result.model.string(), result.metrics.string());
}

}  // namespace

void add_train_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("train", "Pretrain or fine-tune a model");
  auto recipe = std::make_shared<std::string>();
  auto overrides = std::make_shared<std::vector<std::string>>();
  command->add_option("recipe", *recipe, "YAML with the keys of training (see recipes/sft.yaml)")
      ->required();
  command->add_option("overrides", *overrides, "KEY=VALUE: replaces a key of the recipe");
  command->footer(
      "Example:\n  fundi train recipes/sft.yaml learning_rate=1e-4 max_steps=200\n\n"
      "Killed and started again, training goes on from its newest checkpoint and ends\n"
      "with the same weights, bit for bit.");
  command->callback([recipe, overrides] {
    Config config = Config::load_yaml(*recipe);
    for (const std::string& assignment : *overrides) config.apply_override(assignment);
    print(train::train(train::parse_train_options(config)));
  });
}

}  // namespace fundi::cli
