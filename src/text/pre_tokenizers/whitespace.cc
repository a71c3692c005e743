#include "text/char_class.h"
#include "text/pre_tokenizers/all.h"
#include "text/pre_tokenizers/delimiters.h"
#include "text/unicode_data.h"

namespace fundi::text {
namespace {

// \w+|[^\w\s]+
class Whitespace : public PreTokenizerStep {
 public:
  void split(const TextPiece& piece, Sink sink) const override {
    const uint8_t* const classes = char_classes();
    enum Kind { kBlank, kWord, kOther };
    const auto kind_of = [&](char32_t c) {
      return is_word_character(c) ? kWord : classes[c] == kSpace ? kBlank : kOther;
    };
    size_t begin = 0;
    Kind kind = kBlank;  // of what stands from begin on
    const auto emit = [&](size_t end) {
      if (kind == kBlank) return;
      sink({piece.text.substr(begin, end - begin), piece.at_origin && begin == 0});
    };
    for (size_t pos = 0; pos < piece.text.size();) {
      const CodePoint c = code_point_at(piece.text, pos);
      if (const Kind next = kind_of(c.value); next != kind) {
        emit(pos);
        begin = pos;
        kind = next;
      }
      pos += c.length;
    }
    emit(piece.text.size());
  }
};

class WhitespaceSplit : public PreTokenizerStep {
 public:
  void split(const TextPiece& piece, Sink sink) const override {
    const uint8_t* const classes = char_classes();
    split_at_characters(
        piece, SplitBehavior::kRemoved, [&](char32_t c) { return classes[c] == kSpace; }, sink);
  }
};

}  // namespace

std::unique_ptr<PreTokenizerStep> make_whitespace(const JsonReader&) {
  return std::make_unique<Whitespace>();
}

std::unique_ptr<PreTokenizerStep> make_whitespace_split(const JsonReader&) {
  return std::make_unique<WhitespaceSplit>();
}

}  // namespace fundi::text
