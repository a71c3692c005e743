#include "cli/render.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "cli/app.h"
#include "data/jsonl.h"
#include "models/directory.h"
#include "models/gguf/load.h"
#include "text/chat.h"

namespace fundi::cli {
namespace {

struct RenderArguments {
  std::string source;         // a model directory, a file, or the template itself
  std::string conversations;  // JSONL
};

text::ChatTemplate load_template(const std::string& source) {
  std::error_code ignored;
  if (models::is_gguf(source) || std::filesystem::is_directory(source, ignored)) {
    return text::ChatTemplate(*models::load_tokenizer(source));
  }
  return text::ChatTemplate(text::read_chat_template(source));
}

text::Conversation read_conversation(const Json& row) {
  text::Conversation out;
  for (const auto& [key, value] : row.items()) {
    if (key == "messages") {
      if (!value.is_array()) fail(ErrorCode::kInvalidArgument, "'messages' must be a list");
      for (const Json& message : value) out.messages.emplace_back(message);
    } else if (key == "tools") {
      out.tools = value;
    } else if (key == "add_generation_prompt") {
      if (!value.is_boolean()) {
        fail(ErrorCode::kInvalidArgument, "'add_generation_prompt' must be true or false");
      }
      out.add_generation_prompt = value.get<bool>();
    } else {
      out.arguments[key] = value;
    }
  }
  return out;
}

void render(const RenderArguments& arguments) {
  const text::ChatTemplate chat_template = load_template(arguments.source);
  data::JsonlReader reader(arguments.conversations);
  for (data::JsonlRow row; reader.next(row);) {
    try {
      const std::string text = chat_template.render(read_conversation(row.json)).bytes();
      fmt::print("{}\n", global_options().json ? dump_json(Json{{"text", text}}) : text);
    } catch (const Error& e) {
      // With --json a conversation that the template refuses is a result like any other.
      if (!global_options().json) throw Error(e.code(), reader.where() + ": " + e.what());
      fmt::print("{}\n", dump_json(Json{{"error", e.what()}}));
    }
  }
}

}  // namespace

void add_render_command(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("render", "Show the prompts that a chat template makes of conversations");
  command->footer("Example: fundi render models/swahili conversations.jsonl");
  auto arguments = std::make_shared<RenderArguments>();
  command
      ->add_option("template", arguments->source,
                   "Model directory, a file with a Jinja template, or the template itself")
      ->required();
  command
      ->add_option("conversations", arguments->conversations,
                   "JSONL: messages, tools, add_generation_prompt; other keys are variables of the "
                   "template")
      ->required();
  command->callback([arguments] { render(*arguments); });
}

}  // namespace fundi::cli
