#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "text/models/word_model.h"
#include "text/tokenizer.h"
#include "text/tokenizer_files.h"

namespace fundi::text {

// What tokenizer_config.json, special_tokens_map.json and chat_template.jinja say about a tokenizer.
struct TokenizerRoles {
  std::optional<int32_t> bos, eos, pad;
  std::optional<bool> add_bos, add_eos;  // "add_bos_token", "add_eos_token"
  std::optional<std::string> chat_template;
};

// Roles of tokens that the vocabulary lacks are left out. Throws kCorruptData naming file and key.
TokenizerRoles parse_roles(const TokenizerFiles& files, const Vocabulary& vocabulary);

// Writes tokenizer_config.json, special_tokens_map.json and chat_template.jinja: as they are in
// `files`, or made from the tokenizer's roles.
void save_roles(const Tokenizer& tokenizer, const TokenizerFiles& files,
                const std::filesystem::path& directory);

}  // namespace fundi::text
