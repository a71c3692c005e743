#pragma once

#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "text/jinja/traced_text.h"
#include "text/tokenizer.h"

namespace fundi::text {

namespace jinja {
class Template;
}

// One message of a conversation: a JSON object, handed to the template as it is.
class Message {
 public:
  Message(std::string role, std::string content);
  // Any further keys that templates know: "tool_calls", "tool_call_id", "name",
  // "reasoning_content". "content" is a string, a list of parts, or absent. Throws kInvalidArgument
  // unless it is an object with a string as "role".
  explicit Message(Json object);

  const std::string& role() const { return object_["role"].get_ref<const std::string&>(); }
  // The content as text: the string, the texts of the parts one after another, or nothing.
  std::string content() const;
  const Json& json() const { return object_; }

 private:
  Json object_;
};

struct Conversation {
  std::vector<Message> messages;
  Json tools = nullptr;                // a list of tools as in the OpenAI API; null: none
  bool add_generation_prompt = false;  // open the turn of the assistant
  // Further variables of the template, such as "enable_thinking": an object.
  Json arguments = Json::object();
  // Members of messages that are null are left out, as transformers does; or given as None, which
  // some templates ask for.
  bool keep_null = false;
  std::optional<std::tm> now = std::nullopt;  // for templates that tell the date; none: the clock's
};

// Turns conversations into prompts: the Jinja template of a tokenizer. The variables are those of
// transformers' apply_chat_template: messages, tools, documents (None), add_generation_prompt,
// bos_token and its like; the reasoning of a message is given under each of its names. Immutable;
// safe to share between threads.
class ChatTemplate {
 public:
  // The tokenizer's own template, or `source` in its place. Throws as jinja::Template does.
  explicit ChatTemplate(const Tokenizer& tokenizer,
                        const std::optional<std::string>& source = std::nullopt);
  // A template alone, without special tokens.
  explicit ChatTemplate(const std::string& source);

  // Nothing where there is none. Contents are then each put on a line of their own, so that
  // chatting with a base model works.
  const std::optional<std::string>& source() const { return source_; }

  // What the text of message i says is marked with the source i + 1; roles, which callers must
  // check, count as the template's. Throws as jinja::Template::render does.
  jinja::TracedText render(const Conversation& conversation) const;
  static constexpr uint32_t kOtherSource = UINT32_MAX;  // tools and arguments

 private:
  std::optional<std::string> source_;
  std::shared_ptr<const jinja::Template> template_;  // null where there is no source
  Json special_tokens_ = Json::object();             // "bos_token" and its like
};

// The chat template fundi gives to models it trains: ChatML, as Jinja source. Stored in
// tokenizer_config.json / chat_template.jinja; transformers renders the same text from it.
std::string_view chatml_template();

// The template that a user names: the text of the file, or the argument itself where it has Jinja's
// tags. Throws kNotFound where it is neither.
std::string read_chat_template(const std::string& file_or_text);

// The prompt of a conversation by the tokenizer's own template.
std::string render_chat(const Tokenizer& tokenizer, const std::vector<Message>& messages,
                        bool add_generation_prompt);

}  // namespace fundi::text
