#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "data/token_rows.h"
#include "tests/error_testing.h"
#include "text/bpe_trainer.h"
#include "text/chat.h"

namespace fundi::data {

// Bytes and the special tokens of ChatML, no merges to speak of.
inline std::shared_ptr<const text::Tokenizer> byte_tokenizer(
    std::optional<std::string> chat_template) {
  text::BpeTrainerOptions options;
  options.special_tokens = {"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
  options.vocab_size = 256 + 3;
  options.chat_template = std::move(chat_template);
  return text::train_bpe(
      1, [](int64_t) { return std::string_view("abc"); }, options);
}

inline std::shared_ptr<const text::Tokenizer> byte_tokenizer(bool chat) {
  return byte_tokenizer(chat ? std::optional(std::string(text::chatml_template())) : std::nullopt);
}

// The text of each learned range.
inline std::vector<std::string> learned(const TokenRow& row, const text::Tokenizer& tokenizer) {
  std::vector<std::string> texts;
  for (const TokenRange& range : row.loss) {
    const auto ids = std::span(row.tokens)
                         .subspan(static_cast<size_t>(range.begin),
                                  static_cast<size_t>(range.end - range.begin));
    texts.push_back(tokenizer.decode(ids, false));
  }
  return texts;
}

inline std::string text_of(const TokenRow& row, const text::Tokenizer& tokenizer) {
  return tokenizer.decode(row.tokens, false);
}

}  // namespace fundi::data
