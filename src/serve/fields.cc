#include "serve/fields.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/config.h"
#include "serve/api_error.h"

namespace fundi::serve {

Fields::Fields(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (object.is_object()) return;
  if (path_.empty()) throw ApiError(400, "", "", "the request body must be a JSON object");
  const std::string parameter = path_.substr(0, path_.size() - 1);
  bad_parameter(parameter, "{}: expected an object, got {}", parameter, object.type_name());
}

const Json* Fields::find(std::string_view key) {
  known_.emplace_back(key);
  const auto it = object_.find(key);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

std::optional<std::string> Fields::text(std::string_view key) {
  const Json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    bad_parameter(name(key), "{}: expected a string, got {}", name(key), value->type_name());
  }
  return value->get<std::string>();
}

std::optional<bool> Fields::boolean(std::string_view key) {
  const Json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_boolean()) {
    bad_parameter(name(key), "{}: expected true or false, got {}", name(key), value->type_name());
  }
  return value->get<bool>();
}

std::optional<int64_t> Fields::integer(std::string_view key, int64_t low, int64_t high) {
  const Json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_number_integer()) {
    bad_parameter(name(key), "{}: expected an integer, got {}", name(key),
                  value->is_number() ? "a number with a fraction" : value->type_name());
  }
  // Above the signed range get<int64_t>() would wrap.
  const bool huge = value->is_number_unsigned() && value->get<uint64_t>() > INT64_MAX;
  const int64_t number = huge ? INT64_MAX : value->get<int64_t>();
  if (huge || number < low || number > high) {
    bad_parameter(name(key), "{}: must be from {} to {}, got {}", name(key), low, high,
                  value->dump());
  }
  return number;
}

std::optional<double> Fields::number(std::string_view key, double low, double high) {
  const Json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_number()) {
    bad_parameter(name(key), "{}: expected a number, got {}", name(key), value->type_name());
  }
  const double number = value->get<double>();
  if (!std::isfinite(number) || number < low || number > high) {
    bad_parameter(name(key), "{}: must be from {} to {}, got {}", name(key), low, high, number);
  }
  return number;
}

void Fields::ignore(const std::vector<std::string_view>& keys) {
  for (const std::string_view key : keys) known_.emplace_back(key);
}

void Fields::reject(const std::vector<UnsupportedParameter>& parameters) {
  for (const UnsupportedParameter& parameter : parameters) {
    const Json* value = find(parameter.key);
    if (!value || std::find(parameter.defaults.begin(), parameter.defaults.end(), *value) !=
                      parameter.defaults.end()) {
      continue;
    }
    throw ApiError(
        400, name(parameter.key), "unsupported_parameter",
        fmt::format("{}: this server does not support it; leave it out", name(parameter.key)));
  }
}

void Fields::finish() const {
  for (const auto& [key, value] : object_.items()) {
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::optional<std::string> near = closest(key, known_);
    throw ApiError(400, name(key), "unknown_parameter",
                   near ? fmt::format("{}: unknown parameter; did you mean '{}'?", name(key), *near)
                        : fmt::format("{}: unknown parameter", name(key)));
  }
}

}  // namespace fundi::serve
