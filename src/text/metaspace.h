#pragma once

#include <string>

#include "text/json_reader.h"

namespace fundi::text {

// What the pre-tokenizer and the decoder "Metaspace" share: spaces written as a visible character.
struct Metaspace {
  enum class Prepend { kAlways, kFirst, kNever };
  explicit Metaspace(const JsonReader& json);

  std::string replacement;  // one character, usually U+2581
  Prepend prepend;
  bool split;
};

}  // namespace fundi::text
