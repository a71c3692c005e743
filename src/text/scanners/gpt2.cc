#include "text/scanners/cursor.h"
#include "text/scanners/scanner.h"

namespace fundi::text {
namespace {

class Gpt2Scanner : public Scanner {
 public:
  size_t match(std::string_view text, size_t begin) const override {
    const Cursor in(text);
    if (in.byte(begin) == '\'') {
      const char a = in.byte(begin + 1), b = in.byte(begin + 2);
      if (a == 's' || a == 't' || a == 'm' || a == 'd') return begin + 2;
      if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) {
        return begin + 3;
      }
    }
    const size_t word = begin + (in.byte(begin) == ' ' ? 1 : 0);
    const uint8_t cls = in.cls(word);
    if (cls & kLetter) return in.run(word, kLetter);
    if (cls & kNumber) return in.run(word, kNumber);
    if (word < in.size() && !(cls & kSpace)) {
      return in.run_outside(word, kSpace | kLetter | kNumber);
    }
    return in.spaces(begin, false);
  }
};

}  // namespace

std::string_view gpt2_pattern() {
  return R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
}

std::shared_ptr<const Scanner> gpt2_scanner() { return std::make_shared<Gpt2Scanner>(); }

}  // namespace fundi::text
