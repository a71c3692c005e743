#pragma once

#include <memory>
#include <string>

#include "text/pipeline_tokenizer.h"

namespace fundi::text {

// The parts of a tokenizer.json, as Hugging Face tokenizers would run them. "truncation" and
// "padding" of the file are the caller's business and have no effect. Throws kCorruptData,
// kUnsupported naming `origin`/tokenizer.json and the key.
TokenizerParts parse_tokenizer_json(std::string_view text, const std::string& origin);

}  // namespace fundi::text
