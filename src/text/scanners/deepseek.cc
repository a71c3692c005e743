#include "text/scanners/cursor.h"
#include "text/scanners/scanner.h"

namespace fundi::text {
namespace {

// DeepSeek-V3 splits three times: digits in groups, then Han and Kana, then words.
class DigitGroupScanner : public Scanner {
 public:
  explicit DigitGroupScanner(int max_digits) : max_digits_(max_digits) {}
  size_t match(std::string_view text, size_t begin) const override {
    return Cursor(text).run_numbers(begin, max_digits_);
  }

 private:
  int max_digits_;
};

class CjkScanner : public Scanner {
 public:
  size_t match(std::string_view text, size_t begin) const override {
    const Cursor in(text);
    size_t end = begin;
    while (end < in.size() && is_cjk(in.value(end))) end = in.next(end);
    return end;
  }

 private:
  static bool is_cjk(char32_t c) {
    return (c >= 0x4E00 && c <= 0x9FA5) || (c >= 0x3040 && c <= 0x30FF);
  }
};

bool ascii_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }
bool ascii_punctuation(char c) {
  return c > ' ' && c < '\x7F' && !ascii_letter(c) && !(c >= '0' && c <= '9');
}

class WordScanner : public Scanner {
 public:
  size_t match(std::string_view text, size_t begin) const override {
    const Cursor in(text);
    if (ascii_punctuation(in.byte(begin)) && ascii_letter(in.byte(begin + 1))) {
      size_t end = begin + 1;
      while (ascii_letter(in.byte(end))) ++end;
      return end;
    }
    const uint8_t cls = in.cls(begin);
    if (cls & kWord) return in.run(begin, kWord);
    if (!in.newline(begin) && !(cls & (kPunctuation | kSymbol))) {
      const size_t letters = in.next(begin);
      if (in.cls(letters) & kWord) return in.run(letters, kWord);
    }
    const size_t word = begin + (in.byte(begin) == ' ' ? 1 : 0);
    const size_t end = in.run(word, kPunctuation | kSymbol);
    if (end > word) return in.run_newlines(end);
    return in.spaces(begin, true);  // begin itself where no space stands there
  }

 private:
  static constexpr uint8_t kWord = kLetter | kMark;
};

}  // namespace

std::array<std::string_view, 3> deepseek_patterns() {
  return {
      R"(\p{N}{1,3})",
      "[一-龥\u3040-ゟ゠-ヿ]+",
      R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
  };
}

std::shared_ptr<const Scanner> digit_group_scanner(int max_digits) {
  return std::make_shared<DigitGroupScanner>(max_digits);
}
std::shared_ptr<const Scanner> deepseek_cjk_scanner() { return std::make_shared<CjkScanner>(); }
std::shared_ptr<const Scanner> deepseek_word_scanner() { return std::make_shared<WordScanner>(); }

}  // namespace fundi::text
