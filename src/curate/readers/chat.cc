#include "base/error.h"
#include "base/text.h"
#include "curate/arrow/parquet.h"
#include "curate/readers/all.h"
#include "curate/readers/chat_row.h"
#include "curate/readers/row_keys.h"
#include "data/chat_rows.h"
#include "data/json_rows.h"

// Rows of conversations, in the forms of data/chat_rows.h; other keys go to the meta.

namespace fundi::curate {
namespace {

// Steps see texts: a content may be a list of parts, of which all must be text.
std::string text_of(const Json& content) {
  if (content.is_null()) return "";
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  for (const Json& part : content) {
    const auto piece = part.is_object() ? part.find("text") : part.end();
    if (piece == part.end() || !piece->is_string()) {
      fail(ErrorCode::kUnsupported, "a message holds a part that is no text (a picture, audio)");
    }
    if (!text.empty()) text += '\n';
    text += piece->get_ref<const std::string&>();
  }
  return text;
}

Message message_of(Json object) {
  Message message;
  std::vector<std::string> names;
  Json::array_t values;
  for (auto& [key, value] : object.get_ref<Json::object_t&>()) {
    if (key == "role") {
      message.role = std::move(value.get_ref<std::string&>());
    } else if (key == "content") {
      message.content = text_of(value);
    } else if (!value.is_null()) {
      names.push_back(key);
      values.push_back(std::move(value));
    }
  }
  if (!names.empty()) message.rest = make_object(names, std::move(values));
  return message;
}

std::vector<Message> take_messages(Json& row) {
  auto chat = data::take_chat(row);
  if (!chat) {
    fail(ErrorCode::kCorruptData,
         "holds no 'messages', 'conversations', 'prompt' with 'completion', or 'instruction' "
         "with 'output'");
  }
  std::vector<Message> messages;
  for (Json& message : chat->messages) messages.push_back(message_of(std::move(message)));
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
      set_problem(record, fmt::format("a row above {}", format_bytes(data::kMaxRecord)));
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
  data::JsonRows rows_;
  RowKeys keys_;
};

// What is left of a row. Those of fundi's own shards bring what follows from the messages, which is
// left out, and their meta apart.
Json meta_of(Json row, const std::vector<Message>& messages) {
  std::vector<std::string> names;
  Json::array_t values;
  const auto add = [&](const std::string& key, Json& value) {
    names.push_back(key);
    values.push_back(std::move(value));
  };
  for (auto& [key, value] : row.get_ref<Json::object_t&>()) {
    if (key == "meta" && value.is_object()) {
      for (auto& [inner, of] : value.get_ref<Json::object_t&>()) add(inner, of);
    } else if (key != "text" || value != join(messages)) {
      add(key, value);
    }
  }
  return make_object(names, std::move(values));
}

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
    if (key == "id" || key != keys.id) row.erase(it);  // as RowBuilder::is_of_meta_too
  };
  take(keys.id, record.name);
  take(keys.language, record.language);
  take(keys.licence, record.licence);
  record.meta = meta_of(std::move(row), *record.messages);
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
