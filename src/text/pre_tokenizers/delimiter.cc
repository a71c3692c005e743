#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"

namespace fundi::text {
namespace {

class CharDelimiterSplit : public PreTokenizerStep {
 public:
  explicit CharDelimiterSplit(char32_t delimiter) : delimiter_(delimiter) {}
  void split(const TextPiece& piece, Sink sink) const override {
    split_at_characters(
        piece, SplitBehavior::kRemoved, [&](char32_t c) { return c == delimiter_; }, sink);
  }

 private:
  char32_t delimiter_;
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_char_delimiter_split(const JsonReader& json) {
  return std::make_unique<CharDelimiterSplit>(json.child("delimiter").character());
}

}  // namespace fundi::text
