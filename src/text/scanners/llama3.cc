#include "text/scanners/cursor.h"
#include "text/scanners/scanner.h"

namespace fundi::text {
namespace {

class Llama3Scanner : public Scanner {
 public:
  explicit Llama3Scanner(int max_digits) : max_digits_(max_digits) {}

  size_t match(std::string_view text, size_t begin) const override {
    const Cursor in(text);
    if (const size_t end = in.contraction(begin); end > begin) return end;
    const uint8_t cls = in.cls(begin);
    if (cls & kLetter) return in.run(begin, kLetter);
    if (cls & kNumber) return in.run_numbers(begin, max_digits_);
    if (!in.newline(begin)) {
      // One character that is no letter goes with the letters after it.
      const size_t letters = in.next(begin);
      if (in.cls(letters) & kLetter) return in.run(letters, kLetter);
    }
    const size_t word = begin + (in.byte(begin) == ' ' ? 1 : 0);
    const size_t end = in.run_outside(word, kSpace | kLetter | kNumber);
    if (end > word) return in.run_newlines(end);
    return in.spaces(begin, true);
  }

 private:
  int max_digits_;
};

}  // namespace

std::string_view llama3_pattern() {
  return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
}

std::string_view qwen2_pattern() {
  return R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
}

std::shared_ptr<const Scanner> llama3_scanner(int max_digits) {
  return std::make_shared<Llama3Scanner>(max_digits);
}

}  // namespace fundi::text
