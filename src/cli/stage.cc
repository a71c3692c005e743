#include "cli/stage.h"

#include <fmt/format.h>

#include <algorithm>
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

struct StageArguments {
  std::string kind, output;
  std::vector<std::string> settings;
  bool list = false;
};

void print_list() {
  if (global_options().json) {
    Json json = Json::array();
    for (const recipe::StageKind& kind : stage_kinds()) {
      json.push_back({{"name", kind.name}, {"description", kind.description}});
    }
    fmt::print("{}\n", dump_json(json));
    return;
  }
  for (const recipe::StageKind& kind : stage_kinds()) {
    fmt::print("{:<12}{}\n", kind.name, kind.description);
  }
}

void run(const StageArguments& arguments) {
  if (arguments.list) return print_list();
  if (arguments.kind.empty()) {
    fail(ErrorCode::kInvalidArgument, "stage: name a kind, or use --list to see them");
  }
  const recipe::StageKind& kind = recipe::find_kind(stage_kinds(), arguments.kind, "stage");
  if (arguments.output.empty()) {
    fail(ErrorCode::kInvalidArgument, "stage: --output is required: the folder to write to");
  }
  Config with(Json::object(), "command line");
  for (const std::string& setting : arguments.settings) with.apply_override(setting);
  const recipe::Manifest manifest = recipe::run_single(
      kind, with, fs::current_path(), fs::absolute(arguments.output), {}, describe_machine());
  if (global_options().json) {
    fmt::print("{}\n", dump_json(manifest.to_json()));
  } else if (!global_options().quiet) {
    for (const recipe::Manifest::Item& item : manifest.outputs) {
      fmt::print("{:<12}{} ({})\n", item.name, item.path, format_bytes(item.bytes));
    }
  }
}

}  // namespace

void add_stage_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("stage", "Run one kind of stage by itself");
  auto arguments = std::make_shared<StageArguments>();
  command->add_option("kind", arguments->kind, "The kind of stage");
  command->add_option("settings", arguments->settings, "KEY=VALUE: its settings, as YAML");
  command->add_option("-o,--output", arguments->output, "Folder to write to")->type_name("FOLDER");
  command->add_flag("--list", arguments->list, "List the kinds");
  command->callback([arguments] { run(*arguments); });
}

}  // namespace fundi::cli
