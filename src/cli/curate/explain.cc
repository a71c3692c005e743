#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/curate/curate.h"
#include "curate/flow/explain.h"

namespace fundi::cli {
namespace {

struct ExplainArguments {
  std::string recipe, id;
  std::vector<std::string> overrides;
};

void print_text(std::string_view title, const std::string& text) {
  constexpr size_t kShown = 600;
  fmt::print("  {}:\n", title);
  std::string line;
  for (const char c : text.substr(0, kShown) + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    fmt::print("    | {}\n", line);
    line.clear();
  }
  if (text.size() > kShown) fmt::print("    | ... ({} bytes)\n", text.size());
}

void print_story(const Json& story) {
  fmt::print("{}\n", story.at("id").get<std::string>());
  if (story.contains("text")) print_text("as read", story.at("text"));
  for (const Json& step : story.value("steps", Json::array())) {
    const bool passed = step.at("passed");
    fmt::print("{} {}\n", passed ? " passed " : "REJECTED", step.at("step").get<std::string>());
    for (const Json& answer : step.at("answers")) {
      fmt::print("    {} {:<28} {:>10.6g}  {}\n", answer.at("passed").get<bool>() ? ' ' : 'x',
                 answer.at("rule").get<std::string>(), answer.at("value").get<double>(),
                 answer.at("limit").get<std::string>());
    }
    if (!passed && !step.at("value").get<std::string>().empty()) {
      fmt::print("    {}: {}\n", step.at("rule").get<std::string>(),
                 step.at("value").get<std::string>());
    }
    const Json counts = step.value("counts", Json::object());
    for (const auto& [what, n] : counts.items()) {
      fmt::print("      {} {}\n", n.get<int64_t>(), what);
    }
    if (step.contains("text")) print_text("text now", step.at("text"));
  }
  fmt::print("{}: {}\n", story.at("end").get<std::string>(), story.at("reason").get<std::string>());
}

}  // namespace

void add_explain_command(CLI::App& curate) {
  CLI::App* command =
      curate.add_subcommand("explain", "Tell what became of a document, step by step, and why");
  command->footer("Example: fundi curate explain corpus.yaml news/train.tsv:12");
  auto arguments = std::make_shared<ExplainArguments>();
  command->add_option("recipe", arguments->recipe, "The recipe that was run")->required();
  command->add_option("id", arguments->id, "The document's id, as rejects/ and the corpus have it")
      ->required();
  command->add_option("overrides", arguments->overrides, "KEY=VALUE, as they were for the run");
  command->callback([arguments] {
    const curate::Plan plan(curate::CurateRecipe::load(arguments->recipe, arguments->overrides));
    const Json story = curate::explain(plan, arguments->id);
    if (global_options().json) {
      fmt::print("{}\n", dump_json(story));
    } else {
      print_story(story);
    }
  });
}

}  // namespace fundi::cli
