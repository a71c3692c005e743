#include "cli/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "cli/app.h"
#include "cli/machine.h"
#include "cli/stages/all.h"
#include "recipe/runner.h"

namespace fundi::cli {
namespace {

struct RunArguments {
  std::string recipe;
  std::vector<std::string> overrides;
  std::string from;
  bool dry_run = false;
};

std::string shown(const std::string& path) {
  std::error_code error;
  const fs::path relative = fs::path(path).lexically_relative(fs::current_path(error));
  return relative.empty() || *relative.begin() == ".." ? path : relative.string();
}

// The output `name` of the last stage of kind `kind`; null when there is none.
const recipe::Manifest::Item* output_of(const std::vector<recipe::StageResult>& results,
                                        std::string_view kind, std::string_view name) {
  for (auto at = results.rbegin(); at != results.rend(); ++at) {
    if (at->kind == kind) return at->manifest.output(name);
  }
  return nullptr;
}

Json result_json(const std::vector<recipe::StageResult>& results, double seconds) {
  Json json;
  json["stages"] = Json::array();
  Json evaluation = {{"seen_exact_match", nullptr}, {"unseen_exact_match", nullptr}};
  for (const recipe::StageResult& result : results) {
    json["stages"].push_back(
        {{"name", result.name}, {"seconds", result.manifest.seconds}, {"cached", result.cached}});
    if (result.kind != "evaluate") continue;
    for (auto& [key, value] : evaluation.items()) {
      if (result.manifest.summary.contains(key)) value = result.manifest.summary[key];
    }
  }
  json["evaluation"] = evaluation;
  const auto path = [](const recipe::Manifest::Item* item) {
    return item != nullptr ? Json(item->path) : Json();
  };
  json["model"] = path(output_of(results, "export", "model"));
  json["report"] = path(output_of(results, "report", "html"));
  json["seconds"] = seconds;
  return json;
}

void print_table(const std::vector<recipe::StageResult>& results, double seconds) {
  size_t width = 5;
  for (const recipe::StageResult& result : results) width = std::max(width, result.name.size());
  fmt::print("\n{:<{}}      time  result\n", "stage", width);
  double work = 0;
  for (const recipe::StageResult& result : results) {
    const std::string time = result.cached ? "cached" : format_duration(result.manifest.seconds);
    work += result.manifest.seconds;
    const Json& summary = result.manifest.summary;
    fmt::print("{:<{}}  {:>8}  {}\n", result.name, width, time,
               summary.is_object() ? summary.value("headline", "") : "");
  }
  fmt::print("{:<{}}  {:>8}  {} of work, cached stages included\n", "total", width,
             format_duration(seconds), format_duration(work));
  const auto* model = output_of(results, "export", "model");
  const auto* report = output_of(results, "report", "html");
  if (model != nullptr) fmt::print("\nmodel   {}\n", shown(model->path));
  if (report != nullptr) fmt::print("report  {}\n", shown(report->path));
}

void print_plan(const std::vector<recipe::PlannedStage>& plan) {
  if (global_options().json) {
    Json json = {{"stages", Json::array()}};
    for (const recipe::PlannedStage& stage : plan) {
      json["stages"].push_back({{"name", stage.name},
                                {"uses", stage.kind},
                                {"cached", stage.cached},
                                {"reason", stage.cached ? Json() : Json(stage.reason)}});
    }
    fmt::print("{}\n", dump_json(json));
    return;
  }
  size_t width = 0;
  int64_t stale = 0;
  for (const recipe::PlannedStage& stage : plan) width = std::max(width, stage.name.size());
  for (const recipe::PlannedStage& stage : plan) {
    stale += stage.cached ? 0 : 1;
    fmt::print("{:<{}}  {}\n", stage.name, width,
               stage.cached ? "cached" : "runs: " + stage.reason);
  }
  fmt::print("{} of {} stages would run\n", stale, plan.size());
}

// Lines as the stages come; with --json they leave stdout to the result.
void watch_stages(recipe::RunOptions& options) {
  if (global_options().quiet) return;
  std::FILE* out = global_options().json ? stderr : stdout;
  options.on_begin = [out](const recipe::PlannedStage& stage, size_t index, size_t count) {
    const bool first_time = stage.reason == "has not run";
    fmt::print(out, "[{}/{}] {}{}\n", index + 1, count, stage.name,
               stage.cached ? ": cached"
               : first_time ? ""
                            : ": " + stage.reason);
    std::fflush(out);
  };
}

void run(const RunArguments& arguments) {
  const auto start = std::chrono::steady_clock::now();
  recipe::Runner runner(recipe::Recipe::load(arguments.recipe, arguments.overrides), stage_kinds());
  recipe::RunOptions options;
  if (!arguments.from.empty()) options.from = arguments.from;
  if (arguments.dry_run) return print_plan(runner.plan(options));
  options.environment = describe_machine();
  watch_stages(options);
  const auto results = runner.run(options);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  if (global_options().json) {
    fmt::print("{}\n", dump_json(result_json(results, taken.count())));
  } else if (!global_options().quiet) {
    print_table(results, taken.count());
  }
}

}  // namespace

void add_run_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("run", "Run a recipe: only stages that are stale run again");
  auto arguments = std::make_shared<RunArguments>();
  command->add_option("recipe", arguments->recipe, "recipe.yaml, or the folder that holds it")
      ->required();
  command->add_option("overrides", arguments->overrides,
                      "KEY=VALUE: settings that replace the recipe's (pretrain.max_steps=100)");
  command->add_flag("--dry-run", arguments->dry_run, "Say what would run and why; change nothing");
  command->add_option("--from", arguments->from, "Run this stage and all after it again")
      ->type_name("STAGE");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace fundi::cli
