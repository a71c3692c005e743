#include <string>

#include "text/byte_alphabet.h"
#include "text/pattern.h"
#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"

namespace fundi::text {
namespace {

// GPT-2's words; the spelling in the byte alphabet is done where the words are used.
class ByteLevel : public PreTokenizerStep {
 public:
  explicit ByteLevel(const JsonReader& json)
      : pattern_(json.boolean("use_regex", true) ? scanner_pattern(gpt2_scanner()) : nullptr),
        add_prefix_space_(json.boolean("add_prefix_space", true)) {}

  void split(const TextPiece& piece, Sink sink) const override {
    if (!add_prefix_space_ || piece.text.starts_with(' ')) return cut(piece, sink);
    const std::string prefixed = std::string(" ").append(piece.text);
    cut({prefixed, piece.at_origin}, sink);
  }

 private:
  void cut(const TextPiece& piece, Sink sink) const {
    if (!pattern_) return sink(piece);
    DelimiterSplitter splitter(piece, SplitBehavior::kIsolated, false, sink);
    pattern_->matches(piece.text,
                      [&](size_t begin, size_t end) { splitter.delimiter(begin, end); });
    splitter.finish();
  }

  std::shared_ptr<const Pattern> pattern_;  // null: no cutting
  bool add_prefix_space_;
};

class ByteSpeller : public PreTokenizerStep {
 public:
  void split(const TextPiece& piece, Sink sink) const override {
    const std::string spelled = spell_bytes(piece.text);
    sink({spelled, piece.at_origin});
  }
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_byte_level_pre_tokenizer(const JsonReader& json) {
  return std::make_unique<ByteLevel>(json);
}

std::unique_ptr<PreTokenizerStep> make_byte_speller() { return std::make_unique<ByteSpeller>(); }

}  // namespace fundi::text
