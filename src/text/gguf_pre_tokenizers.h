#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace fundi::text {

// How a "tokenizer.ggml.pre" cuts text, and what else follows from the name.
struct GgufPreTokenizer {
  std::vector<std::string_view> names;
  std::vector<std::string_view> expressions;  // applied one after another, each keeping its gaps
  std::string_view original = {};  // as a tokenizer.json has it where that matches otherwise
  bool ignore_merges = false;
  bool add_bos = false;  // where "add_bos_token" is absent
};

// Null where the name is unknown. An empty name is "default".
const GgufPreTokenizer* find_gguf_pre_tokenizer(std::string_view name);

// The names fundi knows, for messages.
std::string gguf_pre_tokenizer_names();

// The name under which a tokenizer.json's pre-tokenizer is known; empty where it has none.
std::string_view gguf_pre_tokenizer_of(const Json& pre_tokenizer, bool ignore_merges);

}  // namespace fundi::text
