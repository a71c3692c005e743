#include "cli/chat_flags.h"

#include <map>
#include <string>

#include "base/error.h"
#include "base/json.h"
#include "text/chat.h"

namespace fundi::cli {

void add_chat_flags(CLI::App& command, serve::ChatOptions& options) {
  command
      .add_option_function<std::string>(
          "--chat-template",
          [&options](const std::string& value) {
            options.chat_template = text::read_chat_template(value);
          },
          "Jinja template in the place of the model's own: a file, or the text itself")
      ->type_name("FILE|TEXT");
  command
      .add_option_function<std::string>(
          "--chat-template-kwargs",
          [&options](const std::string& value) {
            options.arguments = parse_json(value, "--chat-template-kwargs");
            if (!options.arguments.is_object()) {
              fail(ErrorCode::kInvalidArgument, "--chat-template-kwargs: expected a JSON object");
            }
          },
          "Variables of the template, such as '{\"enable_thinking\": false}'")
      ->type_name("JSON");
  const std::map<std::string, serve::ReasoningFormat> formats = {
      {"none", serve::ReasoningFormat::kNone}, {"deepseek", serve::ReasoningFormat::kDeepseek}};
  command
      .add_option("--reasoning-format", options.reasoning,
                  "deepseek: tell <think>...</think> from the answer; none: leave it in the text")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
      ->option_text("none|deepseek");
}

}  // namespace fundi::cli
