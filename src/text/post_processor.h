#pragma once

#include <cstdint>
#include <vector>

#include "text/json_reader.h"
#include "text/models/word_model.h"

namespace fundi::text {

// The "post_processor" of tokenizer.json: what is put around the ids of a text. Templates for pairs
// are checked, but not kept: a language model reads one text.
struct PostProcessor {
  std::vector<int32_t> prefix, suffix;

  // Throws kUnsupported for an unknown type or a second template, kCorruptData naming the key.
  static PostProcessor parse(const JsonReader& json, const Vocabulary& vocabulary);
};

}  // namespace fundi::text
