#include "formats/gguf_metadata.h"

#include <array>

#include "base/error.h"
#include "formats/quote_name.h"

namespace fundi::formats {
namespace {

constexpr std::array<std::string_view, 13> kTypeNames = {
    "u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64"};

template <typename T>
constexpr std::string_view kExpected = "";
template <>
constexpr std::string_view kExpected<int64_t> = "a whole number";
template <>
constexpr std::string_view kExpected<double> = "a number";
template <>
constexpr std::string_view kExpected<bool> = "a boolean";
template <>
constexpr std::string_view kExpected<std::string> = "a string";

// The value as a T, where it is one.
template <typename T>
std::optional<T> scalar(const GgufValue& value) {
  const auto* whole = std::get_if<std::vector<int64_t>>(&value.items);
  if constexpr (std::is_same_v<T, bool>) {
    if (value.type == GgufType::kBool) return whole->front() != 0;
    return std::nullopt;
  } else {
    if (value.type == GgufType::kBool) return std::nullopt;
    if (const auto* items = std::get_if<std::vector<T>>(&value.items)) return items->front();
    if constexpr (std::is_same_v<T, double>) {
      if (whole != nullptr) return static_cast<double>(whole->front());
    }
    return std::nullopt;
  }
}

template <typename Items>
GgufValue make(GgufType type, bool is_array, Items items) {
  return GgufValue{.type = type, .is_array = is_array, .items = std::move(items)};
}

}  // namespace

std::string_view name(GgufType type) { return kTypeNames[static_cast<size_t>(type)]; }

GgufValue GgufValue::u32(uint32_t value) {
  return make(GgufType::kU32, false, std::vector<int64_t>{value});
}
GgufValue GgufValue::f32(float value) {
  return make(GgufType::kF32, false, std::vector<double>{value});
}
GgufValue GgufValue::boolean(bool value) {
  return make(GgufType::kBool, false, std::vector<int64_t>{value});
}
GgufValue GgufValue::string(std::string value) {
  std::vector<std::string> items;
  items.push_back(std::move(value));
  return make(GgufType::kString, false, std::move(items));
}
GgufValue GgufValue::i32s(const std::vector<int64_t>& values) {
  return make(GgufType::kI32, true, values);
}
GgufValue GgufValue::f32s(const std::vector<double>& values) {
  return make(GgufType::kF32, true, values);
}
GgufValue GgufValue::strings(std::vector<std::string> values) {
  return make(GgufType::kString, true, std::move(values));
}

std::string GgufValue::type_name() const {
  return fmt::format("{}{}", is_array ? "array of " : "", formats::name(type));
}

void GgufMetadata::set(const std::string& key, GgufValue value) {
  const auto [entry, is_new] = index_.emplace(key, items_.size());
  if (is_new) {
    items_.emplace_back(key, std::move(value));
  } else {
    items_[entry->second].second = std::move(value);
  }
}

const GgufValue* GgufMetadata::find(std::string_view key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &items_[found->second].second;
}

void GgufMetadata::fail_missing(std::string_view key) const {
  fail(ErrorCode::kCorruptData, "{}: metadata key {} is missing", origin_, quote_name(key));
}

void GgufMetadata::fail_type(std::string_view key, const GgufValue& value,
                             std::string_view expected) const {
  fail(ErrorCode::kCorruptData, "{}: metadata key {} is of type {}, where {} is expected", origin_,
       quote_name(key), value.type_name(), expected);
}

template <typename T>
std::optional<T> GgufMetadata::get_optional(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  const std::optional<T> result = value->is_array ? std::nullopt : scalar<T>(*value);
  if (!result) fail_type(key, *value, kExpected<T>);
  if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, double>) {
    if (value->type == GgufType::kU64 && *result < 0) {
      fail(ErrorCode::kCorruptData, "{}: metadata key {} is too large", origin_, quote_name(key));
    }
  }
  return result;
}

template <typename T>
T GgufMetadata::get(std::string_view key) const {
  auto result = get_optional<T>(key);
  if (!result) fail_missing(key);
  return *std::move(result);
}

template <typename T>
const std::vector<T>* GgufMetadata::find_array(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return nullptr;
  const auto* items = value->is_array ? std::get_if<std::vector<T>>(&value->items) : nullptr;
  if (items == nullptr) fail_type(key, *value, fmt::format("an array ({} each)", kExpected<T>));
  return items;
}

template <typename T>
const std::vector<T>& GgufMetadata::array(std::string_view key) const {
  const auto* result = find_array<T>(key);
  if (result == nullptr) fail_missing(key);
  return *result;
}

template int64_t GgufMetadata::get<int64_t>(std::string_view) const;
template double GgufMetadata::get<double>(std::string_view) const;
template bool GgufMetadata::get<bool>(std::string_view) const;
template std::string GgufMetadata::get<std::string>(std::string_view) const;
template std::optional<int64_t> GgufMetadata::get_optional<int64_t>(std::string_view) const;
template std::optional<double> GgufMetadata::get_optional<double>(std::string_view) const;
template std::optional<bool> GgufMetadata::get_optional<bool>(std::string_view) const;
template std::optional<std::string> GgufMetadata::get_optional<std::string>(std::string_view) const;
template const std::vector<int64_t>& GgufMetadata::array<int64_t>(std::string_view) const;
template const std::vector<double>& GgufMetadata::array<double>(std::string_view) const;
template const std::vector<std::string>& GgufMetadata::array<std::string>(std::string_view) const;
template const std::vector<int64_t>* GgufMetadata::find_array<int64_t>(std::string_view) const;
template const std::vector<double>* GgufMetadata::find_array<double>(std::string_view) const;
template const std::vector<std::string>* GgufMetadata::find_array<std::string>(
    std::string_view) const;

}  // namespace fundi::formats
