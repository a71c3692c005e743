#include "models/config_reader.h"

#include <limits>
#include <utility>

#include "base/error.h"

namespace fundi::models {

ConfigReader::ConfigReader(const Json& json, std::string origin)
    : json_(json), origin_(std::move(origin)) {
  if (!json.is_object()) {
    fail(ErrorCode::kInvalidArgument, "{}: expected a JSON object of model settings", origin_);
  }
}

const Json* ConfigReader::find(std::string_view key) {
  read_.emplace(key);
  const auto it = json_.find(key);
  return it == json_.end() || it->is_null() ? nullptr : &*it;
}

bool ConfigReader::contains(std::string_view key) const { return json_.contains(key); }

int64_t ConfigReader::required(std::string_view key, int64_t low, int64_t high) {
  const Json* value = find(key);
  if (value == nullptr) fail(ErrorCode::kInvalidArgument, "{}: '{}' is missing", origin_, key);
  return as_integer(key, *value, low, high);
}

int64_t ConfigReader::integer(std::string_view key, int64_t low, int64_t high, int64_t fallback) {
  const Json* value = find(key);
  return value ? as_integer(key, *value, low, high) : fallback;
}

int64_t ConfigReader::as_integer(std::string_view key, const Json& value, int64_t low,
                                 int64_t high) const {
  const bool fits =
      value.is_number_integer() &&
      !(value.is_number_unsigned() &&
        value.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
  if (!fits || value.get<int64_t>() < low || value.get<int64_t>() > high) {
    fail(ErrorCode::kInvalidArgument, "{}: '{}' must be an integer from {} to {}, not {}", origin_,
         key, low, high, shown(value));
  }
  return value.get<int64_t>();
}

double ConfigReader::number(std::string_view key, double low, double high, double fallback) {
  return optional_number(key, low, high).value_or(fallback);
}

std::optional<double> ConfigReader::optional_number(std::string_view key, double low, double high) {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  const double number =
      value->is_number() ? value->get<double>() : std::numeric_limits<double>::quiet_NaN();
  if (!(number > low && number <= high)) {
    fail(ErrorCode::kInvalidArgument, "{}: '{}' must be a number above {} and at most {}, not {}",
         origin_, key, low, high, shown(*value));
  }
  return number;
}

bool ConfigReader::boolean(std::string_view key, bool fallback) {
  const Json* value = find(key);
  if (value == nullptr) return fallback;
  if (!value->is_boolean()) {
    fail(ErrorCode::kInvalidArgument, "{}: '{}' must be true or false, not {}", origin_, key,
         shown(*value));
  }
  return value->get<bool>();
}

std::string ConfigReader::string(std::string_view key, std::string_view fallback) {
  const Json* value = find(key);
  if (value == nullptr) return std::string(fallback);
  if (!value->is_string()) {
    fail(ErrorCode::kInvalidArgument, "{}: '{}' must be a string, not {}", origin_, key,
         shown(*value));
  }
  return value->get<std::string>();
}

void ConfigReader::fixed(std::string_view key, const Json& value) {
  const Json* found = find(key);
  if (found == nullptr || *found == value) return;
  fail(ErrorCode::kUnsupported, "{}: '{}' = {} is not supported, only {}", origin_, key,
       shown(*found), shown(value));
}

void ConfigReader::ignore(std::span<const std::string_view> keys) {
  for (const std::string_view key : keys) read_.emplace(key);
}

void ConfigReader::finish() const {
  for (const auto& [key, value] : json_.items()) {
    if (read_.contains(key)) continue;
    fail(ErrorCode::kUnsupported,
         "{}: key '{}' is not supported; the model might mean something that fundi would not "
         "compute. Remove the key only if you know that it has no effect",
         origin_, key);
  }
}

std::string ConfigReader::shown(const Json& value) {
  std::string text = dump_json(value);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

}  // namespace fundi::models
