#include "cli/generate.h"

#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "cli/answer_printer.h"
#include "cli/app.h"
#include "cli/chat_flags.h"
#include "cli/sampling_flags.h"
#include "serve/session.h"

namespace fundi::cli {
namespace {

struct GenerateArguments {
  std::string model;
  std::string prompt;
  bool chat = false;
  serve::SessionOptions options;
  serve::ChatOptions chat_options;
};

std::string read_prompt(const std::string& prompt) {
  if (prompt != "-") return prompt;
  std::string text{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Json result_json(const serve::SessionResult& result) {
  const auto tokens = static_cast<double>(result.completion_tokens);
  Json json{{"text", result.text}};
  if (!result.reasoning.empty()) json["reasoning"] = result.reasoning;
  json.update({
      {"finish_reason", serve::name(result.finish)},
      {"usage",
       {{"prompt_tokens", result.prompt_tokens},
        {"completion_tokens", result.completion_tokens},
        {"total_tokens", result.prompt_tokens + result.completion_tokens}}},
      {"seconds", result.seconds},
      {"tokens_per_second", result.seconds > 0 ? tokens / result.seconds : 0.0},
      {"time_to_first_token", result.seconds_to_first_token},
  });
  return json;
}

void generate(const GenerateArguments& arguments) {
  arguments.options.sampling.validate();
  const std::string prompt = read_prompt(arguments.prompt);
  serve::Session session(arguments.model, arguments.chat_options);
  const bool json = global_options().json;
  serve::SessionResult result;
  if (arguments.chat) {
    AnswerPrinter printer;
    const auto on_piece = [&](const serve::AnswerPiece& piece) {
      if (!json) printer.print(piece);
    };
    result = session.chat({{"user", prompt}}, arguments.options, on_piece);
  } else {
    const auto on_text = json ? serve::Session::OnText() : print_now;
    result = session.complete(prompt, arguments.options, on_text);
  }
  print_now(json ? dump_json(result_json(result)) + "\n" : "\n");
}

}  // namespace

void add_generate_command(CLI::App& app) {
  CLI::App* command = app.add_subcommand("generate", "Continue a text with a model");
  command->footer("Example: fundi generate models/swahili --prompt \"Habari ya\" --max-tokens 40");
  auto arguments = std::make_shared<GenerateArguments>();
  command->add_option("model", arguments->model, "Model directory or GGUF file")->required();
  command->add_option("--prompt", arguments->prompt, "The text to continue; '-' reads stdin")
      ->required();
  command->add_flag("--chat", arguments->chat,
                    "Put the prompt to the model as a user's message, by its chat template");
  add_sampling_flags(*command, arguments->options);
  add_chat_flags(*command, arguments->chat_options);
  command->callback([arguments] { generate(*arguments); });
}

}  // namespace fundi::cli
