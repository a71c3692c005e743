#include <array>

#include "base/error.h"
#include "base/text.h"
#include "curate/arrow/parquet.h"
#include "curate/readers/all.h"
#include "curate/readers/chat_row.h"
#include "curate/readers/json_rows.h"
#include "curate/readers/row_keys.h"

// Rows of conversations, each in one of the forms that are going around:
//   {"messages": [{"role", "content"}...]}             OpenAI's; also "prompt" and "completion"
//   lists
//   {"conversations": [{"from", "value"}...]}          ShareGPT's, "human" and "gpt"; "system"
//   beside
//   {"prompt": "...", "completion": "..."}
//   {"instruction": "...", "input": "...", "output": "..."}   Alpaca's, "system" beside
// A content may be a list of parts, of which all must be text. Other keys go to the meta.

namespace fundi::curate {
namespace {

const Json* find(const Json& object, std::string_view key) {
  const auto it = object.find(key);
  return it == object.end() || it->is_null() ? nullptr : &*it;
}

std::string text_of(const Json& value, std::string_view key) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) {
    fail(ErrorCode::kCorruptData, "'{}' must be a text, not {}", key, value.type_name());
  }
  std::string text;
  for (const Json& part : value) {
    const Json* piece = part.is_object() ? find(part, "text") : nullptr;
    if (piece == nullptr || !piece->is_string()) {
      fail(ErrorCode::kUnsupported, "'{}' holds a part that is no text (a picture, audio)", key);
    }
    if (!text.empty()) text += '\n';
    text += piece->get_ref<const std::string&>();
  }
  return text;
}

std::string text_under(const Json& object, std::string_view key) {
  const Json* value = find(object, key);
  if (value == nullptr) fail(ErrorCode::kCorruptData, "the key '{}' is missing", key);
  return text_of(*value, key);
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

Message message_of(const Json& item, const MessageKeys& keys) {
  if (!item.is_object()) {
    fail(ErrorCode::kCorruptData, "a message must be an object, not {}", item.type_name());
  }
  Message message;
  message.role = role_of(text_under(item, keys.role));
  if (message.role.empty()) fail(ErrorCode::kCorruptData, "the role of a message is empty");
  // Beside a call of a tool there may be nothing said.
  if (find(item, keys.content) != nullptr || find(item, "tool_calls") == nullptr) {
    message.content = text_under(item, keys.content);
  }
  for (const auto& [key, value] : item.items()) {
    if (key != keys.role && key != keys.content && !value.is_null()) message.rest[key] = value;
  }
  return message;
}

void append_list(const Json& list, std::string_view key, const MessageKeys& keys,
                 std::vector<Message>& messages) {
  if (!list.is_array() || list.empty()) {
    fail(ErrorCode::kCorruptData, "'{}' must be a list of at least one message", key);
  }
  for (const Json& item : list) messages.push_back(message_of(item, keys));
}

// Takes the conversation out of the row; what is left of it is meta.
std::vector<Message> take_messages(Json& row) {
  std::vector<Message> messages;
  const auto take = [&](std::string_view key) {
    Json value;
    if (const auto it = row.find(key); it != row.end()) {
      value = std::move(*it);
      row.erase(it);
    }
    return value;
  };
  const auto add = [&](std::string role, std::string_view key) {
    const Json value = take(key);
    if (value.is_null()) return;
    if (value.is_array() && !value.empty() && value[0].is_object() && find(value[0], "role")) {
      return append_list(value, key, {}, messages);
    }
    std::string text = text_of(value, key);
    if (role != "system" || !text.empty())
      messages.push_back({std::move(role), std::move(text), {}});
  };
  if (find(row, "messages") != nullptr) {
    append_list(take("messages"), "messages", {}, messages);
  } else if (find(row, "conversations") != nullptr) {
    add("system", "system");
    const Json list = take("conversations");
    const bool named =
        list.is_array() && !list.empty() && list[0].is_object() && find(list[0], "role") != nullptr;
    append_list(list, "conversations",
                named ? MessageKeys{} : MessageKeys{.role = "from", .content = "value"}, messages);
  } else if (find(row, "prompt") != nullptr && find(row, "completion") != nullptr) {
    add("system", "system");
    add("user", "prompt");
    add("assistant", "completion");
  } else if (find(row, "instruction") != nullptr && find(row, "output") != nullptr) {
    add("system", "system");
    std::string question = text_of(take("instruction"), "instruction");
    const Json input = take("input");
    if (input.is_string() && !input.get_ref<const std::string&>().empty()) {
      question += "\n\n" + input.get<std::string>();
    }
    messages.push_back({"user", std::move(question), {}});
    add("assistant", "output");
  } else {
    fail(ErrorCode::kCorruptData,
         "holds no 'messages', 'conversations', 'prompt' with 'completion', or 'instruction' with "
         "'output'");
  }
  return messages;
}

class ChatRecords final : public Reader {
 public:
  ChatRecords(const fs::path& path, ByteRange range, const Config& options)
      : rows_(path, range), keys_(RowKeys::read(options)) {}

  bool next(Record& record) override {
    std::string_view text;
    if (!rows_.next(text)) return false;
    record = {};
    record.name = rows_.name();
    if (rows_.too_long()) {
      set_problem(record, fmt::format("a row above {}", format_bytes(kMaxRecord)));
      return true;
    }
    try {
      read_chat_row(parse_json(text, "row"), keys_, record);
    } catch (const Error& e) {
      set_problem(record, e.what());
    }
    return true;
  }

  uint64_t bytes_read() const override { return rows_.bytes_read(); }

 private:
  JsonRows rows_;
  RowKeys keys_;
};

}  // namespace

void read_chat_row(Json row, const RowKeys& keys, Record& record) {
  try {
    if (!row.is_object()) fail(ErrorCode::kCorruptData, "must be a JSON object");
    record.messages = take_messages(row);
  } catch (const Error& e) {
    return set_problem(record, e.what());
  }
  const auto take = [&](const std::string& key, std::string& out) {
    const auto it = key.empty() ? row.end() : row.find(key);
    if (it == row.end() || !(it->is_string() || it->is_number())) return;
    out = it->is_string() ? it->get<std::string>() : it->dump();
    row.erase(it);
  };
  take(keys.id, record.name);
  take(keys.language, record.language);
  take(keys.licence, record.licence);
  record.meta = std::move(row);
}

ReaderKind chat_reader() {
  return {
      .name = "chat",
      .description =
          "conversations in rows of JSON or Parquet: messages, prompt/completion, alpaca, sharegpt",
      .extensions = {},
      .splittable = true,
      .open = [](const fs::path& path, ByteRange range,
                 const Config& options) -> std::unique_ptr<Reader> {
        if (path.extension() == ".parquet") return open_parquet_chat(path, range, options);
        return std::make_unique<ChatRecords>(path, range, options);
      }};
}

}  // namespace fundi::curate
