#include "text/chat.h"

#include <deque>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "text/jinja/json_text.h"
#include "text/jinja/template.h"

namespace fundi::text {
namespace {

using jinja::Heap;
using jinja::TracedText;
using jinja::Value;

// Rows of a training set are rendered one by one by the same template.
std::shared_ptr<const jinja::Template> parse_cached(const std::string& source) {
  constexpr size_t kKept = 4;
  static std::mutex mutex;
  static std::deque<std::pair<std::string, std::shared_ptr<const jinja::Template>>> parsed;
  const std::lock_guard lock(mutex);
  for (const auto& [known, result] : parsed) {
    if (known == source) return result;
  }
  parsed.emplace_front(source, std::make_shared<const jinja::Template>(source));
  if (parsed.size() > kKept) parsed.pop_back();
  return parsed.front().second;
}

std::tm local_time() {
  const std::time_t now = std::time(nullptr);
  std::tm out{};
  localtime_r(&now, &out);
  return out;
}

// What the message calls its reasoning; null where it has none.
const Json* reasoning_of(const Json& message) {
  for (const char* key : {"reasoning_content", "thinking", "reasoning"}) {
    const auto it = message.find(key);
    if (it != message.end() && !it->is_null()) return &*it;
  }
  return nullptr;
}

Value message_value(Heap& heap, const Json& message, uint32_t source, bool keep_null) {
  jinja::DictItems items;
  const auto add = [&](const std::string& key, const Json& value, uint32_t value_source) {
    items.emplace_back(heap.text(TracedText(key, source)),
                       jinja::from_json(heap, value, value_source));
  };
  // As {"thinking": reasoning, **message, "reasoning_content": reasoning} in Python.
  const Json* reasoning = reasoning_of(message);
  const auto own_thinking = message.find("thinking");
  const bool thinks = own_thinking != message.end() && (keep_null || !own_thinking->is_null());
  if (reasoning != nullptr) add("thinking", thinks ? *own_thinking : *reasoning, source);
  bool named = false;
  for (const auto& [key, value] : message.items()) {
    if ((value.is_null() && !keep_null) || (key == "thinking" && reasoning != nullptr)) continue;
    const bool content = reasoning != nullptr && key == "reasoning_content";
    named = named || content;
    add(key, content ? *reasoning : value, key == "role" ? TracedText::kTemplate : source);
  }
  if (reasoning != nullptr && !named) add("reasoning_content", *reasoning, source);
  return heap.dict(std::move(items));
}

jinja::Template::Variables variables_of(Heap& heap, const Conversation& conversation,
                                        const Json& special_tokens) {
  jinja::Template::Variables out;
  for (const auto& [name, token] : special_tokens.items()) {
    out.emplace_back(name, jinja::from_json(heap, token, TracedText::kTemplate));
  }
  for (const auto& [name, value] : conversation.arguments.items()) {
    out.emplace_back(name, jinja::from_json(heap, value, ChatTemplate::kOtherSource));
  }
  std::vector<Value> messages;
  for (const Message& message : conversation.messages) {
    const auto source = static_cast<uint32_t>(messages.size() + 1);
    messages.push_back(message_value(heap, message.json(), source, conversation.keep_null));
  }
  out.emplace_back("messages", heap.list(std::move(messages)));
  out.emplace_back("tools", jinja::from_json(heap, conversation.tools, ChatTemplate::kOtherSource));
  out.emplace_back("documents", Value::none());
  out.emplace_back("add_generation_prompt", Value(conversation.add_generation_prompt));
  return out;
}

}  // namespace

Message::Message(std::string role, std::string content)
    : object_({{"role", std::move(role)}, {"content", std::move(content)}}) {}

Message::Message(Json object) : object_(std::move(object)) {
  if (!object_.is_object() || !object_.contains("role") || !object_["role"].is_string()) {
    fail(ErrorCode::kInvalidArgument, "a message must be an object with the string 'role'");
  }
}

std::string Message::content() const {
  const auto it = object_.find("content");
  if (it == object_.end()) return "";
  if (it->is_string()) return it->get<std::string>();
  std::string text;
  if (!it->is_array()) return text;
  for (const Json& part : *it) {
    if (part.is_object() && part.contains("text") && part["text"].is_string()) {
      text += part["text"].get_ref<const std::string&>();
    }
  }
  return text;
}

ChatTemplate::ChatTemplate(const Tokenizer& tokenizer, const std::optional<std::string>& source)
    : source_(source ? source : tokenizer.chat_template()) {
  if (source_) template_ = parse_cached(*source_);
  const auto add = [&](const char* name, std::optional<int32_t> id) {
    if (id) special_tokens_[name] = tokenizer.token(*id);
  };
  add("bos_token", tokenizer.bos_id());
  add("eos_token", tokenizer.eos_id());
  add("pad_token", tokenizer.pad_id());
}

ChatTemplate::ChatTemplate(const std::string& source)
    : source_(source), template_(parse_cached(source)) {}

TracedText ChatTemplate::render(const Conversation& conversation) const {
  if (template_ == nullptr) {
    TracedText out;
    for (size_t i = 0; i < conversation.messages.size(); ++i) {
      out.append(conversation.messages[i].content(), static_cast<uint32_t>(i + 1));
      out.append("\n");
    }
    return out;
  }
  return template_->render(
      [&](Heap& heap) { return variables_of(heap, conversation, special_tokens_); },
      {.limits = {}, .now = conversation.now ? *conversation.now : local_time()});
}

std::string_view chatml_template() {
  return "{%- for message in messages %}"
         "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
         "{%- endfor %}"
         "{%- if add_generation_prompt %}"
         "{{- '<|im_start|>assistant\\n' }}"
         "{%- endif %}";
}

std::string read_chat_template(const std::string& file_or_text) {
  for (const char* tag : {"{{", "{%", "{#"}) {
    if (file_or_text.find(tag) != std::string::npos) return file_or_text;
  }
  return read_file(file_or_text);
}

std::string render_chat(const Tokenizer& tokenizer, const std::vector<Message>& messages,
                        bool add_generation_prompt) {
  Conversation conversation;
  conversation.messages = messages;
  conversation.add_generation_prompt = add_generation_prompt;
  return ChatTemplate(tokenizer).render(conversation).bytes();
}

}  // namespace fundi::text
