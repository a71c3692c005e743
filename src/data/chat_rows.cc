#include "data/chat_rows.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace fundi::data {
namespace {

bool has(const Json& object, std::string_view key) {
  const auto it = object.find(key);
  return it != object.end() && !it->is_null();
}

Json take(Json& object, std::string_view key) {
  const auto it = object.find(key);
  if (it == object.end()) return nullptr;
  Json value = std::move(*it);
  object.erase(it);
  return value;
}

Json require(Json& object, std::string_view key) {
  Json value = take(object, key);
  if (value.is_null()) fail(ErrorCode::kInvalidArgument, "the key '{}' is missing", key);
  return value;
}

std::string require_text(Json value, std::string_view key) {
  if (!value.is_string()) {
    fail(ErrorCode::kInvalidArgument, "'{}' must be a string, not {}", key, value.type_name());
  }
  return std::move(value.get_ref<std::string&>());
}

std::string role_of(std::string name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames = {
      {{"human", "user"},
       {"gpt", "assistant"},
       {"model", "assistant"},
       {"bot", "assistant"},
       {"function", "tool"},
       {"observation", "tool"}}};
  for (const auto& [from, to] : kNames) {
    if (name == from) return std::string(to);
  }
  return name;
}

struct MessageKeys {
  std::string_view role = "role", content = "content";
};

std::string take_role(Json& item, std::string_view key) {
  std::string role = role_of(require_text(require(item, key), key));
  if (role.empty()) fail(ErrorCode::kInvalidArgument, "'{}' is empty", key);
  return role;
}

Json take_content(Json& item, std::string_view key) {
  // Beside a call of a tool there may be nothing said.
  Json content = has(item, "tool_calls") ? take(item, key) : require(item, key);
  if (content.is_array() || content.is_null()) return content;
  return require_text(std::move(content), key);
}

Json message_of(Json item, const MessageKeys& keys) {
  std::string role = take_role(item, keys.role);
  Json content = take_content(item, keys.content);
  constexpr MessageKeys kUsual;
  if (has(item, kUsual.role)) role = take_role(item, kUsual.role);
  if (has(item, kUsual.content)) content = take_content(item, kUsual.content);
  std::vector<std::string> names = {"role", "content"};
  Json::array_t values;
  values.emplace_back(std::move(role));
  values.push_back(std::move(content));
  for (auto& [name, value] : item.get_ref<Json::object_t&>()) {
    if (name == kUsual.role || name == kUsual.content) continue;  // those that are null
    names.push_back(name);
    values.push_back(std::move(value));
  }
  return make_object(names, std::move(values));
}

void append_list(Json list, std::string_view key, std::vector<Json>& messages,
                 const MessageKeys& keys = {}) {
  if (!list.is_array() || list.empty()) {
    fail(ErrorCode::kInvalidArgument, "'{}' must be a list of at least one message", key);
  }
  for (size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is_object()) {
      fail(ErrorCode::kInvalidArgument, "'{}[{}]' must be an object with '{}' and '{}', not {}",
           key, i, keys.role, keys.content, list[i].type_name());
    }
    try {
      messages.push_back(message_of(std::move(list[i]), keys));
    } catch (const Error& e) {
      fail(e.code(), "'{}[{}]': {}", key, i, e.what());
    }
  }
}

void append_text(std::string_view role, std::string text, std::vector<Json>& messages) {
  messages.push_back({{"role", role}, {"content", std::move(text)}});
}

void append_system(Json& row, std::vector<Json>& messages) {
  if (!has(row, "system")) return;
  std::string text = require_text(take(row, "system"), "system");
  if (!text.empty()) append_text("system", std::move(text), messages);
}

// Whether a list is the parts of one content, and not messages.
bool is_parts(const Json& list) {
  return list.is_array() && !list.empty() && list[0].is_object() && has(list[0], "type") &&
         !has(list[0], "role");
}

// A text, the parts of one, or a list of messages.
void append_side(Json& row, std::string_view key, std::string_view role, ChatRow& chat) {
  Json value = require(row, key);
  if (!value.is_array()) {
    return append_text(role, require_text(std::move(value), key), chat.messages);
  }
  chat.form = ChatRow::Form::kTurns;
  if (is_parts(value)) {
    chat.messages.push_back({{"role", role}, {"content", std::move(value)}});
  } else {
    append_list(std::move(value), key, chat.messages);
  }
}

void take_sharegpt(Json& row, ChatRow& chat) {
  append_system(row, chat.messages);
  Json list = take(row, "conversations");
  const bool named =
      list.is_array() && !list.empty() && list[0].is_object() && has(list[0], "role");
  append_list(std::move(list), "conversations", chat.messages,
              named ? MessageKeys{} : MessageKeys{.role = "from", .content = "value"});
}

void take_prompt(Json& row, ChatRow& chat) {
  chat.form = ChatRow::Form::kPrompt;
  append_system(row, chat.messages);
  append_side(row, "prompt", "user", chat);
  chat.prompt = chat.messages.size();
  append_side(row, "completion", "assistant", chat);
}

void take_alpaca(Json& row, ChatRow& chat) {
  chat.form = ChatRow::Form::kInstruction;
  append_system(row, chat.messages);
  std::string question = require_text(take(row, "instruction"), "instruction");
  if (Json input = take(row, "input"); !input.is_null()) {
    const std::string text = require_text(std::move(input), "input");
    if (!text.empty()) question += "\n\n" + text;
  }
  append_text("user", std::move(question), chat.messages);
  chat.prompt = chat.messages.size();
  append_text("assistant", require_text(require(row, "output"), "output"), chat.messages);
}

}  // namespace

std::optional<ChatRow> take_chat(Json& row) {
  if (nested_deeper(row, kMaxRowDepth)) {
    fail(ErrorCode::kInvalidArgument, "nested deeper than {} levels", kMaxRowDepth);
  }
  ChatRow chat;
  if (has(row, "messages")) {
    append_list(take(row, "messages"), "messages", chat.messages);
  } else if (has(row, "conversations")) {
    take_sharegpt(row, chat);
  } else if (has(row, "prompt")) {
    take_prompt(row, chat);
  } else if (has(row, "instruction")) {
    take_alpaca(row, chat);
  } else {
    return std::nullopt;
  }
  return chat;
}

}  // namespace fundi::data
