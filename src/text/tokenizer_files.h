#pragma once

#include <memory>
#include <optional>
#include <string>

#include "text/tokenizer.h"

namespace fundi::text {

// A tokenizer as its files' texts. Kept whole, so that saving a released tokenizer changes nothing.
struct TokenizerFiles {
  std::string origin;  // starts error messages: the folder, "trained"
  std::string tokenizer_json;
  std::optional<std::string> config;         // tokenizer_config.json
  std::optional<std::string> special_map;    // special_tokens_map.json
  std::optional<std::string> template_text;  // chat_template.jinja
};

// Throws kCorruptData, kUnsupported naming the file and key.
std::shared_ptr<const Tokenizer> make_tokenizer(TokenizerFiles files);

}  // namespace fundi::text
