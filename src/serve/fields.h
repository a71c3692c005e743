#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace fundi::serve {

// A parameter we cannot honour, and the values (besides null) that ask for nothing.
struct UnsupportedParameter {
  std::string_view key;
  std::vector<Json> defaults;
};

// A strict reader of a request's JSON object: wrong types and ranges, and keys nobody read, are
// ApiError 400 naming the parameter. Null counts as absent, as in the OpenAI API.
class Fields {
 public:
  // Throws where `object` is not one. `path` prefixes parameter names ("stream_options.").
  // `object` must outlive the reader.
  Fields(const Json& object, std::string path = "");

  const Json* find(std::string_view key);  // null pointer when absent
  std::optional<std::string> text(std::string_view key);
  std::optional<bool> boolean(std::string_view key);
  std::optional<int64_t> integer(std::string_view key, int64_t low, int64_t high);
  std::optional<double> number(std::string_view key, double low, double high);

  void ignore(const std::vector<std::string_view>& keys);
  // Throws where one of the parameters asks for something.
  void reject(const std::vector<UnsupportedParameter>& parameters);
  // Throws for the first key nobody read, with a did-you-mean.
  void finish() const;

  std::string name(std::string_view key) const { return path_ + std::string(key); }

 private:
  const Json& object_;
  std::string path_;
  std::vector<std::string> known_;
};

}  // namespace fundi::serve
