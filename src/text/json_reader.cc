#include "text/json_reader.h"

#include <simdjson.h>

#include <bit>

#include "base/error.h"
#include "text/utf8.h"

namespace fundi::text {

using Value = simdjson::dom::element;

// To simdjson's type and back.
struct JsonAccess {
  static_assert(sizeof(Value) == sizeof(JsonReader::Element) &&
                std::is_trivially_copyable_v<Value>);
  static Value value(const JsonReader& reader) { return std::bit_cast<Value>(reader.element_); }
  static JsonReader reader(Value value, JsonReader::Place place) {
    return {std::bit_cast<JsonReader::Element>(value), std::move(place)};
  }
  static std::shared_ptr<const JsonReader::Place> place(const JsonReader& reader) {
    return std::make_shared<const JsonReader::Place>(reader.place_);
  }
  template <typename T>
  static T get(const JsonReader& reader, std::string_view problem) {
    T result{};
    if (value(reader).get(result) != simdjson::SUCCESS) reader.corrupt(problem);
    return result;
  }
};

std::string JsonReader::Place::words() const {
  if (parent == nullptr) return fmt::format("{}:", key);
  std::string above = parent->words();
  if (index >= 0) return above.append(fmt::format("[{}]", index));
  return above.append(parent->parent == nullptr ? " " : ".").append(key);
}

std::string JsonReader::where() const { return place_.words(); }

bool JsonReader::is_null() const { return JsonAccess::value(*this).is_null(); }
bool JsonReader::is_string() const { return JsonAccess::value(*this).is_string(); }

bool JsonReader::has(std::string_view key) const {
  const Value self = JsonAccess::value(*this);
  Value value;
  return self.is_object() && self.at_key(key).get(value) == simdjson::SUCCESS && !value.is_null();
}

JsonReader JsonReader::child(std::string_view key) const {
  const auto object = JsonAccess::get<simdjson::dom::object>(*this, "must be an object");
  auto place = JsonAccess::place(*this);
  for (const auto [name, value] : object) {
    if (name == key) return JsonAccess::reader(value, {std::move(place), name});
  }
  fail(ErrorCode::kCorruptData, "{}: missing", Place{std::move(place), key}.words());
}

std::string_view JsonReader::string() const {
  return JsonAccess::get<std::string_view>(*this, "must be a string");
}

char32_t JsonReader::character() const {
  const std::string_view text = string();
  if (text.empty() || code_point_at(text, 0).length != text.size()) {
    corrupt("must be a string of one character");
  }
  return code_point_at(text, 0).value;
}

int64_t JsonReader::integer() const {
  return JsonAccess::get<int64_t>(*this, "must be an integer");
}

double JsonReader::number() const { return JsonAccess::get<double>(*this, "must be a number"); }

std::string_view JsonReader::string(std::string_view key, std::string_view fallback) const {
  return has(key) ? child(key).string() : fallback;
}

bool JsonReader::boolean(std::string_view key, bool fallback) const {
  return has(key) ? JsonAccess::get<bool>(child(key), "must be true or false") : fallback;
}

int64_t JsonReader::integer(std::string_view key, int64_t fallback) const {
  return has(key) ? child(key).integer() : fallback;
}

size_t JsonReader::size() const {
  // simdjson's own size() saturates at 2^24.
  size_t count = 0;
  if (JsonAccess::value(*this).is_object()) {
    each_member([&](std::string_view, const JsonReader&) { ++count; });
  } else {
    for ([[maybe_unused]] const auto element :
         JsonAccess::get<simdjson::dom::array>(*this, "must be a list")) {
      ++count;
    }
  }
  return count;
}

JsonReader JsonReader::item(size_t index) const {
  const auto list = JsonAccess::get<simdjson::dom::array>(*this, "must be a list");
  return JsonAccess::reader(list.at(index).value(),
                            {JsonAccess::place(*this), {}, static_cast<int64_t>(index)});
}

void JsonReader::each(FunctionRef<void(const JsonReader& item)> body) const {
  const auto list = JsonAccess::get<simdjson::dom::array>(*this, "must be a list");
  const auto place = JsonAccess::place(*this);
  int64_t index = 0;
  for (const auto element : list) body(JsonAccess::reader(element, {place, {}, index++}));
}

void JsonReader::each_member(
    FunctionRef<void(std::string_view key, const JsonReader& value)> body) const {
  const auto object = JsonAccess::get<simdjson::dom::object>(*this, "must be an object");
  const auto place = JsonAccess::place(*this);
  for (const auto [key, value] : object) body(key, JsonAccess::reader(value, {place, key}));
}

std::string JsonReader::json() const { return simdjson::minify(JsonAccess::value(*this)); }

void JsonReader::corrupt(std::string_view problem) const {
  fail(ErrorCode::kCorruptData, "{}: {}", where(), problem);
}

void JsonReader::unsupported(std::string_view problem) const {
  fail(ErrorCode::kUnsupported, "{}: {}", where(), problem);
}

struct JsonDocument::Parser {
  simdjson::dom::parser parser;
};

JsonDocument::JsonDocument(std::string_view text, const std::string& origin)
    : origin_(origin), parser_(std::make_unique<Parser>()) {
  Value root;
  const auto error = parser_->parser.parse(text.data(), text.size(), true).get(root);
  if (error != simdjson::SUCCESS) {
    fail(ErrorCode::kCorruptData, "{}: not valid JSON: {}", origin, simdjson::error_message(error));
  }
  root_ = std::make_unique<const JsonReader>(JsonAccess::reader(root, {nullptr, origin_}));
  if (!root.is_object()) root_->corrupt("must be an object");
}

JsonDocument::~JsonDocument() = default;

}  // namespace fundi::text
