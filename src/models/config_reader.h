#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/json.h"

namespace fundi::models {

// Typed access to the members of one object of config.json, remembering which were read. A member
// that is null counts as absent. A value out of bounds or of another type is kInvalidArgument
// naming file and key.
class ConfigReader {
 public:
  // `json` must outlive the reader; `origin` starts messages.
  ConfigReader(const Json& json, std::string origin);

  const Json* find(std::string_view key);
  bool contains(std::string_view key) const;  // be it null
  int64_t required(std::string_view key, int64_t low, int64_t high);
  int64_t integer(std::string_view key, int64_t low, int64_t high, int64_t fallback);
  int64_t as_integer(std::string_view key, const Json& value, int64_t low, int64_t high) const;
  // In (low, high].
  double number(std::string_view key, double low, double high, double fallback);
  std::optional<double> optional_number(std::string_view key, double low, double high);
  bool boolean(std::string_view key, bool fallback);
  std::string string(std::string_view key, std::string_view fallback);

  // Another value than `value` would be another model: kUnsupported. The key may be absent.
  void fixed(std::string_view key, const Json& value);
  // These keys may have any value: it does not change what the model computes.
  void ignore(std::span<const std::string_view> keys);
  // Throws kUnsupported for each member that was not read: a model must not run with a meaning
  // other than its own.
  void finish() const;

  const std::string& origin() const { return origin_; }
  // The value for a message, cut where it is long.
  static std::string shown(const Json& value);

 private:
  const Json& json_;
  std::string origin_;
  std::set<std::string, std::less<>> read_;
};

}  // namespace fundi::models
