#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace fundi::formats {

// Types of metadata, numbered as in files.
enum class GgufType : uint32_t {
  kU8,
  kI8,
  kU16,
  kI16,
  kU32,
  kI32,
  kF32,
  kBool,
  kString,
  kArray,
  kU64,
  kI64,
  kF64,
};
std::string_view name(GgufType type);  // "u32"

// A scalar, or an array of scalars: the format's arrays of arrays are not used by anyone and
// refused.
struct GgufValue {
  // Whole numbers and booleans, fractional numbers, strings. A u64 above 2^63 keeps its bits.
  using Items = std::variant<std::vector<int64_t>, std::vector<double>, std::vector<std::string>>;

  GgufType type = GgufType::kU32;  // of the scalar, or of the array's elements; never kArray
  bool is_array = false;
  Items items;  // one for a scalar

  static GgufValue u32(uint32_t value);
  static GgufValue f32(float value);
  static GgufValue boolean(bool value);
  static GgufValue string(std::string value);
  static GgufValue i32s(const std::vector<int64_t>& values);
  static GgufValue f32s(const std::vector<double>& values);
  static GgufValue strings(std::vector<std::string> values);

  std::string type_name() const;  // "u32", "array of string"
  bool operator==(const GgufValue&) const = default;
};

// Keys and values in the order of the file.
class GgufMetadata {
 public:
  // `origin` (the path) starts messages.
  explicit GgufMetadata(std::string origin = "GGUF metadata") : origin_(std::move(origin)) {}

  void set(const std::string& key, GgufValue value);  // replaces
  bool has(std::string_view key) const { return find(key) != nullptr; }
  const GgufValue* find(std::string_view key) const;  // null where absent
  const std::vector<std::pair<std::string, GgufValue>>& items() const { return items_; }

  // T is int64_t (any whole type), double (any number), bool or std::string. Throw kCorruptData
  // naming file and key where the key is absent (get), of another type, or out of T's range.
  template <typename T>
  T get(std::string_view key) const;
  template <typename T>
  std::optional<T> get_optional(std::string_view key) const;
  // T is int64_t, double or std::string. Null where the key is absent.
  template <typename T>
  const std::vector<T>& array(std::string_view key) const;
  template <typename T>
  const std::vector<T>* find_array(std::string_view key) const;

 private:
  [[noreturn]] void fail_missing(std::string_view key) const;
  [[noreturn]] void fail_type(std::string_view key, const GgufValue& value,
                              std::string_view expected) const;
  std::string origin_;
  std::vector<std::pair<std::string, GgufValue>> items_;
  std::map<std::string, size_t, std::less<>> index_;
};

}  // namespace fundi::formats
