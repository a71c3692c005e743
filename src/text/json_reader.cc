#include "text/json_reader.h"

#include "base/error.h"

namespace fundi::text {

std::string JsonReader::at(std::string_view key) const {
  return where_.ends_with(':') ? fmt::format("{} {}", where_, key)
                               : fmt::format("{}.{}", where_, key);
}

bool JsonReader::has(std::string_view key) const {
  simdjson::dom::element value;
  return element_.is_object() && element_.at_key(key).get(value) == simdjson::SUCCESS &&
         !value.is_null();
}

JsonReader JsonReader::child(std::string_view key) const {
  simdjson::dom::element value;
  if (!element_.is_object()) corrupt("must be an object");
  if (element_.at_key(key).get(value) != simdjson::SUCCESS) {
    fail(ErrorCode::kCorruptData, "{}: missing", at(key));
  }
  return {value, at(key)};
}

JsonReader JsonReader::item(size_t index, simdjson::dom::element element) const {
  return {element, fmt::format("{}[{}]", where_, index)};
}

std::string_view JsonReader::string() const {
  std::string_view value;
  if (element_.get(value) != simdjson::SUCCESS) corrupt("must be a string");
  return value;
}

int64_t JsonReader::integer() const {
  int64_t value = 0;
  if (element_.get(value) != simdjson::SUCCESS) corrupt("must be an integer");
  return value;
}

simdjson::dom::object JsonReader::object() const {
  simdjson::dom::object value;
  if (element_.get(value) != simdjson::SUCCESS) corrupt("must be an object");
  return value;
}

simdjson::dom::array JsonReader::array() const {
  simdjson::dom::array value;
  if (element_.get(value) != simdjson::SUCCESS) corrupt("must be a list");
  return value;
}

std::string_view JsonReader::string(std::string_view key, std::string_view fallback) const {
  return has(key) ? child(key).string() : fallback;
}

bool JsonReader::boolean(std::string_view key, bool fallback) const {
  if (!has(key)) return fallback;
  const JsonReader member = child(key);
  bool value = false;
  if (member.element_.get(value) != simdjson::SUCCESS) member.corrupt("must be true or false");
  return value;
}

void JsonReader::corrupt(std::string_view problem) const {
  fail(ErrorCode::kCorruptData, "{}: {}", where_, problem);
}

void JsonReader::unsupported(std::string_view problem) const {
  fail(ErrorCode::kUnsupported, "{}: {}", where_, problem);
}

JsonReader parse_large_json(simdjson::dom::parser& parser, std::string_view text,
                            const std::string& origin) {
  simdjson::dom::element root;
  const auto error = parser.parse(text.data(), text.size(), true).get(root);
  if (error != simdjson::SUCCESS) {
    fail(ErrorCode::kCorruptData, "{}: not valid JSON: {}", origin, simdjson::error_message(error));
  }
  JsonReader reader(root, origin + ":");
  if (!reader.is_object()) reader.corrupt("must be an object");
  return reader;
}

}  // namespace fundi::text
