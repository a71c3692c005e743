#include "serve/prompt.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace fundi::serve {
namespace {

// The message with the arguments of its tool calls as objects; nothing where none is a text that
// holds one.
std::optional<text::Message> with_parsed_arguments(const text::Message& message) {
  Json json = message.json();
  const auto calls = json.find("tool_calls");
  if (calls == json.end() || !calls->is_array()) return std::nullopt;
  bool changed = false;
  for (Json& call : *calls) {
    Json* function = call.is_object() && call.contains("function") ? &call["function"] : nullptr;
    if (function == nullptr || !function->is_object() || !function->contains("arguments")) continue;
    Json& arguments = (*function)["arguments"];
    if (!arguments.is_string()) continue;
    try {
      Json parsed = parse_json(arguments.get_ref<const std::string&>(), "tool call");
      if (!parsed.is_object()) continue;
      arguments = std::move(parsed);
      changed = true;
    } catch (const Error&) {
      continue;  // the text goes to the template as it is
    }
  }
  return changed ? std::optional(text::Message(std::move(json))) : std::nullopt;
}

}  // namespace

ChatEncoder::ChatEncoder(std::shared_ptr<const text::Tokenizer> tokenizer, ChatOptions options)
    : tokenizer_(std::move(tokenizer)),
      options_(std::move(options)),
      template_(*tokenizer_, options_.chat_template),
      control_(*tokenizer_, template_) {}

// Templates differ in what they want of earlier tool calls: their arguments as objects, as
// transformers says, or as text; the content of the message absent, or None. The first way that the
// template takes is the right one; where it takes none, the first error says why.
text::jinja::TracedText ChatEncoder::render(const text::Conversation& conversation) const {
  const auto& messages = conversation.messages;
  const bool calls = std::any_of(messages.begin(), messages.end(), [](const text::Message& m) {
    return m.json().contains("tool_calls");
  });
  if (!calls) return template_.render(conversation);
  text::Conversation parsed = conversation;
  for (text::Message& message : parsed.messages) {
    if (auto other = with_parsed_arguments(message)) message = *std::move(other);
  }
  std::optional<Error> first;
  for (const bool keep_null : {false, true}) {
    for (const text::Conversation* form : {&std::as_const(parsed), &conversation}) {
      text::Conversation attempt = *form;
      attempt.keep_null = keep_null;
      try {
        return template_.render(attempt);
      } catch (const Error& error) {
        if (!first) first = error;
      }
    }
  }
  throw *first;
}

ChatPrompt ChatEncoder::encode(text::Conversation conversation) const {
  conversation.add_generation_prompt = true;
  Json arguments = options_.arguments;
  arguments.update(conversation.arguments);
  conversation.arguments = std::move(arguments);

  const text::jinja::TracedText prompt = render(conversation);
  // A template writes the beginning-of-text token itself; without one the post-processor does.
  const bool add_special_tokens = !template_.source();
  return {control_.encode(*tokenizer_, prompt, conversation.messages, add_special_tokens),
          opened_reasoning(prompt.view())};
}

std::vector<int32_t> encode_prompt(const text::Tokenizer& tokenizer, std::string_view prompt) {
  std::vector<int32_t> ids = tokenizer.encode(prompt, true, true);
  if (!ids.empty()) return ids;
  if (const auto bos = tokenizer.bos_id()) return {*bos};
  if (const auto eos = tokenizer.eos_id()) return {*eos};
  return ids;
}

}  // namespace fundi::serve
