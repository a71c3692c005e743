#include "data/jsonl.h"

#include "base/error.h"
#include "base/text.h"

namespace fundi::data {
namespace {

const Json* find(const Json& row, std::string_view key, std::string_view where) {
  if (!row.is_object()) {
    fail(ErrorCode::kCorruptData, "{}: expected an object, found {}", where, row.type_name());
  }
  const auto found = row.find(std::string(key));
  return found == row.end() ? nullptr : &*found;
}

std::string as_string(const Json& value, std::string_view key, std::string_view where) {
  if (!value.is_string()) {
    fail(ErrorCode::kCorruptData, "{}: '{}' must be a string, but is {}", where, key,
         value.type_name());
  }
  return value.get<std::string>();
}

}  // namespace

std::string JsonlReader::where() const {
  return fmt::format("{}:{}", path().string(), rows_.number());
}

// parse_json sees one row only and so calls each line 1: put ours in its place.
Json JsonlReader::parse(std::string_view text) const {
  const std::string name = path().string();
  try {
    return parse_json(text, name);
  } catch (const Error& error) {
    std::string_view message = error.what();
    if (message.starts_with(name)) message.remove_prefix(name.size());
    if (message.starts_with(":1:")) message.remove_prefix(2);
    fail(error.code(), "{}{}", where(), message);
  }
}

bool JsonlReader::next(JsonlRow& row) {
  std::string_view text;
  if (!rows_.next(text)) return false;
  if (rows_.too_long()) {
    fail(ErrorCode::kCorruptData, "{}: a line longer than {}; is this a JSONL file?", where(),
         format_bytes(kMaxRecord));
  }
  Json json = parse(text);
  if (!json.is_object()) {
    fail(ErrorCode::kCorruptData, "{}: expected an object, found {}", where(), json.type_name());
  }
  row.line = static_cast<int64_t>(rows_.number());
  row.json = std::move(json);
  return true;
}

void JsonlWriter::write(const Json& row) {
  file_.write(dump_json(row) + "\n");
  ++rows_;
}

std::string require_string(const Json& row, std::string_view key, std::string_view where) {
  const Json* value = find(row, key, where);
  if (value == nullptr) fail(ErrorCode::kCorruptData, "{}: '{}' is missing", where, key);
  return as_string(*value, key, where);
}

std::string optional_string(const Json& row, std::string_view key, std::string_view where,
                            std::string fallback) {
  const Json* value = find(row, key, where);
  if (value == nullptr || value->is_null()) return fallback;
  return as_string(*value, key, where);
}

}  // namespace fundi::data
