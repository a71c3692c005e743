#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "text/added_tokens.h"

namespace fundi::text {

// A tokenizer.json to be written; parts that stay null are absent.
struct TokenizerDocument {
  std::vector<AddedToken> added;
  Json normalizer, pre_tokenizer, post_processor, decoder;
  Json model;                            // its settings, without the vocabulary
  std::vector<std::string_view> tokens;  // by id
  std::vector<double> scores;            // of each token; a Unigram model is written where present
  std::vector<std::pair<std::string_view, std::string_view>> merges;  // of a BPE model
};

// As Hugging Face tokenizers reads it. Not by way of Json for the vocabulary, whose hundreds of
// thousands of nodes take longer than all the rest. Text must be valid UTF-8.
std::string write_tokenizer_json(const TokenizerDocument& document);

// {"type": "ByteLevel", ...}
Json byte_level_json(bool add_prefix_space, bool trim_offsets, bool use_regex);
// A pre-tokenizer that keeps what `regex` finds and what lies between.
Json isolated_split_json(std::string_view regex);
// A post-processor that puts BOS before the text and EOS after it; null where both are empty.
Json template_json(std::string_view bos, int32_t bos_id, std::string_view eos, int32_t eos_id);
// The vocabulary's settings of a BPE model.
Json bpe_settings_json();

}  // namespace fundi::text
