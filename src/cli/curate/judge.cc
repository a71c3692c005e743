#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "cli/curate/curate.h"
#include "curate/flow/recipe.h"
#include "curate/words/sentences.h"

namespace fundi::cli {
namespace {

// Each step on the row as it was read: {id, step, rule (null: kept), value | text}.
void judge_row(const std::vector<curate::Step>& steps, const Json& row) {
  for (const curate::Step& step : steps) {
    if (!step.document) continue;
    curate::Document document;
    document.id = row.contains("id") ? row.at("id").is_string() ? row.at("id").get<std::string>()
                                                                : dump_json(row.at("id"))
                                     : "";
    document.text = row.at("text");
    document.language = row.value("language", "");
    document.meta = row.value("meta", Json::object());
    curate::Subject subject(std::move(document));
    curate::StepFigures figures;
    curate::Judge judge(step.rules(), figures);
    step.document->apply(subject, judge);
    Json verdict = {{"id", row.value("id", Json())}, {"step", step.name}, {"rule", nullptr}};
    if (judge.rejection()) {
      verdict["rule"] = judge.rejection()->rule;
      verdict["value"] = judge.rejection()->value;
    } else {
      verdict["text"] = subject.text();
    }
    fmt::print("{}\n", dump_json(verdict));
  }
}

void each_row(const std::function<void(const Json&)>& body) {
  std::string line;
  for (int64_t number = 1; std::getline(std::cin, line); ++number) {
    if (trim(line).empty()) continue;
    const std::string where = fmt::format("standard input:{}", number);
    const Json row = parse_json(line, where);
    if (!row.is_object() || !row.contains("text") || !row.at("text").is_string()) {
      fail(ErrorCode::kCorruptData, "{}: must be an object with a string under 'text'", where);
    }
    body(row);
    std::fflush(stdout);  // whoever asks may wait for the answer
  }
}

void print_words(const Json& row) {
  const std::string text = row.at("text");
  std::vector<curate::Word> words;
  std::vector<std::string_view> sentences;
  curate::split_words(text, words);
  curate::split_sentences(text, sentences);
  Json list = Json::array();
  for (const curate::Word& word : words) list.push_back(word.in(text));
  fmt::print("{}\n", dump_json({{"words", std::move(list)}, {"sentences", sentences.size()}}));
}

}  // namespace

void add_judge_command(CLI::App& curate) {
  CLI::App* command =
      curate.add_subcommand("judge", "Put rows from standard input through steps, one by one");
  command->footer("Example: fundi curate judge steps.yaml < rows.jsonl");
  auto path = std::make_shared<std::string>();
  command->add_option("steps", *path, "A YAML file with a list `steps:` as recipes have it")
      ->required();
  command->callback([path] {
    const Config config = Config::load_yaml(*path);
    const auto steps = curate::read_steps(config, fs::absolute(*path).parent_path());
    config.finish();
    each_row([&](const Json& row) { judge_row(steps, row); });
  });
}

void add_words_command(CLI::App& curate) {
  CLI::App* command = curate.add_subcommand(
      "words", "Cut the text of rows from standard input into words, as the steps see them");
  command->footer("Example: echo '{\"text\": \"Habari za leo?\"}' | fundi curate words");
  command->callback([] { each_row(print_words); });
}

}  // namespace fundi::cli
