#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/tokenizer.h"

namespace fundi::text {

// Byte-level byte pair encoding (Sennrich et al. 2016, arXiv:1508.07909; bytes as in GPT-2).
struct BpeTrainerOptions {
  int vocab_size = 8192;      // at least 256 + special tokens
  int64_t min_frequency = 2;  // pairs rarer than this are never merged
  // Take the first ids; the tokens of the roles below follow where they are not among them.
  std::vector<std::string> special_tokens = {"<|endoftext|>"};
  std::string eos_token = "<|endoftext|>";
  std::optional<std::string> bos_token;  // if given, encode(add_special_tokens) puts it first
  std::optional<std::string> pad_token;
  std::optional<std::string> chat_template;
  // Splits text into words before merging: "gpt2" or "llama3" (digits in groups of up to three,
  // case-insensitive contractions).
  std::string pre_tokenizer = "llama3";
};

// Counts words with all threads and merges with a priority queue over incrementally kept pair
// counts; memory is linear in the number of distinct words. Ties are broken by the pair's ids, so
// the result depends on the texts alone, not on threads or order. `texts(i)` is called from several
// threads for i in [0, count); each view must last until train_bpe returns or that thread asks
// again. The vocabulary may end up smaller than vocab_size where frequent pairs run out. The same
// merges as Hugging Face's BpeTrainer with the same settings. Throws kInvalidArgument where
// vocab_size is too small, the pre-tokenizer unknown or a special token empty, doubled or not
// UTF-8.
std::shared_ptr<const Tokenizer> train_bpe(int64_t count,
                                           const std::function<std::string_view(int64_t)>& texts,
                                           const BpeTrainerOptions& options);

}  // namespace fundi::text
