#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "text/jinja/heap.h"
#include "text/jinja/value.h"

namespace fundi::text::jinja {

// How json.dumps() of Python is told to write.
struct JsonStyle {
  bool ascii = false;                 // escape what is not ASCII
  std::optional<std::string> indent;  // nothing: all on one line
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  bool sort_keys = false;
};

// Throws kInvalidArgument for what JSON cannot express.
Value to_json_text(Heap& heap, const Value& value, const JsonStyle& style);

// The value of parsed JSON, whose texts and keys are marked with `source`. An integer above 63 bits
// becomes a float. Invalid UTF-8 becomes U+FFFD.
Value from_json(Heap& heap, const Json& json, uint32_t source);

}  // namespace fundi::text::jinja
