#include "cli/curate/curate.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"
#include "cli/app.h"
#include "cli/curate/open_page.h"
#include "curate/flow/amount.h"
#include "curate/flow/executor.h"

namespace fundi::cli {
namespace {

struct CurateArguments {
  std::string recipe, executor = "local", memory = "1GB", task, give_up;
  std::vector<std::string> overrides, sbatch;
  int64_t sample = 0;
  bool plan = false, list = false, no_wait = false;
};

std::string lacks_note(const std::string& lacks) {
  return lacks.empty() ? "" : fmt::format(" ({})", lacks);
}

void print_kinds() {
  fmt::print("steps:\n");
  for (const auto& kind : curate::document_step_kinds()) {
    fmt::print("{:<20} {}\n", kind.name, kind.description);
  }
  for (const auto& kind : curate::group_step_kinds()) {
    fmt::print("{:<20} {}\n", kind.name, kind.description);
  }
  fmt::print("\nformats of sources:\n");
  for (const auto& kind : curate::reader_kinds()) {
    fmt::print("{:<20} {}{}\n", kind.name, kind.description, lacks_note(kind.lacks));
  }
  fmt::print("\nformats of what is written:\n");
  for (const auto& format : curate::shard_formats()) {
    fmt::print("{:<20} {}{}\n", format.name, format.extension, lacks_note(format.lacks));
  }
}

void print_plan(const curate::Plan& plan) {
  if (global_options().json) return fmt::print("{}\n", dump_json(plan.to_json()));
  fmt::print("{:<28}  {:>6}  {:>6}  folder\n", "stage", "tasks", "done");
  for (size_t i = 0; i < plan.stages(); ++i) {
    size_t done = 0;
    for (size_t task = 0; task < plan.stage(i).tasks(); ++task) done += plan.is_done(i, task);
    fmt::print("{:<28}  {:>6}  {:>6}  {}\n", plan.stage(i).name(), plan.stage(i).tasks(), done,
               plan.folder(i).string());
  }
}

void run_one(const curate::Plan& plan, const CurateArguments& arguments,
             const curate::ExecutorOptions& options) {
  const std::string& id = arguments.task;
  const size_t slash = id.rfind('/');
  const std::string number = slash == std::string::npos ? "" : id.substr(slash + 1);
  if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos) {
    fail(ErrorCode::kInvalidArgument, "--task: '{}' is no task; write STAGE/NUMBER", id);
  }
  const size_t stage = plan.find(id.substr(0, slash));
  const auto task = std::stoull(number);
  if (task >= plan.stage(stage).tasks()) {
    fail(ErrorCode::kInvalidArgument, "--task: {} has {} tasks, the first is 0",
         plan.stage(stage).name(), plan.stage(stage).tasks());
  }
  if (!arguments.give_up.empty()) return curate::give_up(plan, stage, task, arguments.give_up);
  curate::check_stage_before(plan, stage);
  if (!curate::attempt_task(plan, stage, task, options, curate::on_threads(options.threads),
                            [](const auto&) {})) {
    fail(ErrorCode::kInternal, "task {} was given up: {}", id,
         read_json(curate::mark_of(plan, stage, task)).value("log", ""));
  }
}

int64_t documents(const Json& volume) { return volume.at(0).get<int64_t>(); }
uint64_t bytes(const Json& volume) { return volume.at(1).get<uint64_t>(); }

void print_funnel(const Json& card) {
  fmt::print("\n{:<22}  {:>12}  {:>10}  {:>9}  most often\n", "step", "documents", "text",
             "removed");
  const Json& read = card.at("read");
  fmt::print("{:<22}  {:>12}  {:>10}  {:>9}  {}\n", "read",
             format_count(read.at("documents").get<int64_t>()), "",
             format_count(read.at("quarantined").get<int64_t>()),
             read.at("quarantined").get<int64_t>() > 0 ? "see quarantine/" : "");
  for (const Json& entry : card.at("funnel")) {
    std::string rule;
    int64_t most = 0;
    for (const auto& [name, volume] : entry.at("rejected").items()) {
      if (documents(volume) > most) rule = name, most = documents(volume);
    }
    const int64_t removed = documents(entry.at("in")) - documents(entry.at("out"));
    fmt::print("{:<22}  {:>12}  {:>10}  {:>9}  {}\n", entry.at("step").get<std::string>(),
               format_count(documents(entry.at("out"))), format_bytes(bytes(entry.at("out"))),
               format_count(removed), rule);
  }
  const Json& written = card.at("written");
  fmt::print("{:<22}  {:>12}  {:>10}\n\n", "written",
             format_count(written.at("documents").get<int64_t>()),
             format_bytes(written.at("bytes").get<uint64_t>()));
  for (const Json& note : card.at("notes")) fmt::print("note: {}\n", note.get<std::string>());
}

void print_result(const curate::Plan& plan, const curate::Execution& execution) {
  const fs::path& output = plan.recipe().output;
  const Json card = fs::exists(output / "card.json") ? read_json(output / "card.json") : Json();
  if (global_options().json) {
    Json given_up = Json::array();
    for (const auto& [task, log] : execution.given_up) {
      given_up.push_back({{"task", task}, {"log", log}});
    }
    Json json = {{"output", output.string()},
                 {"card", (output / "card.json").string()},
                 {"documents", card.is_object() ? card.at("written").at("documents") : Json()},
                 {"bytes", card.is_object() ? card.at("written").at("bytes") : Json()},
                 {"tasks", execution.tasks},
                 {"cached", execution.cached},
                 {"given_up", std::move(given_up)},
                 {"seconds", execution.seconds}};
    return fmt::print("{}\n", dump_json(json));
  }
  if (global_options().quiet) return;
  if (card.is_object()) print_funnel(card);
  fmt::print("{} tasks, {} of them cached, in {}\n", format_count(execution.tasks),
             format_count(execution.cached), format_duration(execution.seconds));
  fmt::print("corpus  {}\ncard    {}\n", (output / "data").string(),
             (output / "card.html").string());
  // A sample is run to be looked at.
  if (plan.recipe().sample > 0 && card.is_object()) open_page(output / "card.html");
}

// Documents and the library that tells languages ask for memory and give it back all the time;
// the system would take it away and clear it anew each time. A thread keeps a sixteenth of its
// share.
void keep_freed_memory(const curate::ExecutorOptions& options) {
  constexpr uint64_t kLeast = 128 << 10, kMost = 32 << 20;  // what mallopt takes
  const auto kept = static_cast<int>(
      std::clamp(options.memory / static_cast<uint64_t>(options.threads) / 16, kLeast, kMost));
  ::mallopt(M_TRIM_THRESHOLD, kept);
  ::mallopt(M_MMAP_THRESHOLD, kept);
}

void print_submitted(const curate::Plan& plan, const curate::Execution& execution) {
  if (global_options().json) {
    return fmt::print("{}\n", dump_json({{"output", plan.recipe().output.string()},
                                         {"submitted", execution.submitted}}));
  }
  fmt::print("submitted {} jobs, {} to {}; squeue shows them\n", execution.submitted.size(),
             execution.submitted.front(), execution.submitted.back());
}

void refuse_stdin(const curate::CurateRecipe& recipe) {
  for (const curate::Source& source : recipe.sources) {
    if (!source.is_piped()) continue;
    fail(ErrorCode::kInvalidArgument,
         "source '{}': standard input can be read by one process alone; write it to a file first",
         source.name);
  }
}

void run(const CurateArguments& arguments) {
  if (arguments.list) return print_kinds();
  if (arguments.recipe.empty()) {
    fail(ErrorCode::kInvalidArgument, "name a recipe (see fundi curate --help)");
  }
  const curate::Plan plan(curate::CurateRecipe::load(arguments.recipe, arguments.overrides,
                                                     static_cast<uint64_t>(arguments.sample)));
  if (arguments.plan) return print_plan(plan);
  const curate::ExecutorOptions options{.threads = thread_count(),
                                        .memory = curate::parse_bytes(arguments.memory, "--memory"),
                                        .sbatch = arguments.sbatch,
                                        .wait = !arguments.no_wait};
  if (!arguments.task.empty() || arguments.executor != "local") refuse_stdin(plan.recipe());
  if (!arguments.task.empty()) return run_one(plan, arguments, options);
  keep_freed_memory(options);
  const curate::Execution execution = curate::find_executor(arguments.executor).run(plan, options);
  if (execution.silent) return;
  if (!execution.submitted.empty()) return print_submitted(plan, execution);
  print_result(plan, execution);
  if (!execution.given_up.empty()) {
    fail(ErrorCode::kInternal, "{} tasks were given up, the first: {}: {}",
         execution.given_up.size(), execution.given_up.front().task,
         execution.given_up.front().log);
  }
}

}  // namespace

void add_curate_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("curate", "Make a clean corpus of a folder of anything, by a recipe");
  command->footer("Example: fundi curate recipes/curate/web.yaml --sample 1000");
  auto arguments = std::make_shared<CurateArguments>();
  command->add_option("recipe", arguments->recipe, "recipe.yaml");
  command->add_option("overrides", arguments->overrides,
                      "KEY=VALUE: settings that replace the recipe's (output=other)");
  command->add_flag("--plan,--dry-run", arguments->plan,
                    "Show the tasks and which of them are done; change nothing");
  command->add_option("--sample", arguments->sample, "Read only about so many documents")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command->add_option("--executor", arguments->executor, "What runs the tasks (default: local)")
      ->type_name("NAME");
  command
      ->add_option("--memory", arguments->memory,
                   "What tasks keep in memory, all together, stays within it (default: 1GB)")
      ->type_name("BYTES");
  command
      ->add_option("--sbatch", arguments->sbatch, "For --executor slurm: --sbatch=--partition=cpu")
      ->type_name("OPTION");
  command->add_flag("--no-wait", arguments->no_wait, "For --executor slurm: leave once submitted");
  command->add_option("--task", arguments->task, "Run only this task")->type_name("STAGE/NUMBER");
  command
      ->add_option("--give-up", arguments->give_up,
                   "With --task: go on without it, for this reason (for what starts tasks)")
      ->type_name("REASON");
  command->add_flag("--list", arguments->list, "List the steps and formats there are");
  add_classifier_command(*command);
  add_explain_command(*command);
  add_extract_command(*command);
  add_judge_command(*command);
  add_profile_command(*command);
  add_words_command(*command);
  command->callback([arguments, command] {
    if (command->get_subcommands().empty()) run(*arguments);
  });
  add_extract_server(app);
}

}  // namespace fundi::cli
