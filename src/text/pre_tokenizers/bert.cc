#include "text/char_class.h"
#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"
#include "text/pre_tokenizers/punctuation.h"

namespace fundi::text {
namespace {

// Words between white space, punctuation apart.
class BertPreTokenizer : public PreTokenizerStep {
 public:
  void split(const TextPiece& piece, Sink sink) const override {
    const uint8_t* const classes = char_classes();
    split_at_characters(
        piece, SplitBehavior::kRemoved, [&](char32_t c) { return classes[c] == kSpace; },
        [&](const TextPiece& word) {
          split_at_characters(word, SplitBehavior::kIsolated, is_punctuation, sink);
        });
  }
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_bert_pre_tokenizer(const JsonReader&) {
  return std::make_unique<BertPreTokenizer>();
}

}  // namespace fundi::text
