#include "models/gguf/key_reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"

namespace fundi::models {
namespace {

double shortest_decimal(double stored) {
  const auto single = static_cast<float>(stored);
  if (static_cast<double>(single) != stored) return stored;
  char text[64];
  const auto end = std::to_chars(text, text + sizeof(text), single).ptr;
  double value = stored;
  std::from_chars(text, end, value);
  return value;
}

}  // namespace

GgufKeyReader::GgufKeyReader(const formats::GgufMetadata& metadata, std::string architecture,
                             std::string origin)
    : metadata_(metadata), prefix_(std::move(architecture) + "."), origin_(std::move(origin)) {}

std::string GgufKeyReader::full_name(std::string_view key) {
  return *read_.insert(prefix_ + std::string(key)).first;
}

std::optional<int64_t> GgufKeyReader::whole(std::string_view key) {
  const std::string name = full_name(key);
  const formats::GgufValue* value = metadata_.find(name);
  if (value == nullptr || !value->is_array) return metadata_.get_optional<int64_t>(name);
  const auto& items = metadata_.array<int64_t>(name);
  if (!items.empty() && std::ranges::all_of(items, [&](int64_t i) { return i == items[0]; })) {
    return items[0];
  }
  fail(ErrorCode::kUnsupported, "{}: metadata key '{}' differs between layers", origin_, name);
}

std::optional<double> GgufKeyReader::number(std::string_view key) {
  const auto value = metadata_.get_optional<double>(full_name(key));
  return value ? std::optional(shortest_decimal(*value)) : std::nullopt;
}

std::optional<bool> GgufKeyReader::flag(std::string_view key) {
  return metadata_.get_optional<bool>(full_name(key));
}

std::optional<std::string> GgufKeyReader::string(std::string_view key) {
  return metadata_.get_optional<std::string>(full_name(key));
}

int64_t GgufKeyReader::required_whole(std::string_view key) {
  const auto value = whole(key);
  return value ? *value : metadata_.get<int64_t>(full_name(key));  // fails, naming the key
}

void GgufKeyReader::fixed(std::string_view key, double value) {
  const auto found = number(key);
  if (!found || *found == value) return;
  fail(ErrorCode::kUnsupported, "{}: metadata key '{}' = {} is not supported, only {}", origin_,
       full_name(key), *found, value);
}

void GgufKeyReader::finish() const {
  for (const auto& [key, value] : metadata_.items()) {
    if (!key.starts_with(prefix_) || read_.contains(key)) continue;
    fail(ErrorCode::kUnsupported,
         "{}: metadata key '{}' is not known; a model that needs it would give other results",
         origin_, key.substr(0, 80));
  }
}

}  // namespace fundi::models
