#include "text/scanners/cursor.h"
#include "text/scanners/scanner.h"

namespace fundi::text {
namespace {

// A word is capitals followed by small letters: HelloWorld is two. Caseless letters and marks count
// as both.
constexpr uint8_t kCapitals = kUpper | kCaseless | kMark;
constexpr uint8_t kSmalls = kLower | kCaseless | kMark;

// [capitals]*[smalls]+ at pos, or pos.
size_t mixed_word(const Cursor& in, size_t pos) {
  size_t after_both = pos;  // behind the last character of the run that could also end the word
  size_t end = pos;
  while (in.cls(end) & kCapitals) {
    const bool both = (in.cls(end) & kSmalls) != 0;
    end = in.next(end);
    if (both) after_both = end;
  }
  if (in.cls(end) & kSmalls) return in.run(end, kSmalls);
  // Backtracking: the capitals give back up to the last character that is in both sets.
  return after_both;
}

// [capitals]+[smalls]* at pos, or pos.
size_t capital_word(const Cursor& in, size_t pos) {
  const size_t end = in.run(pos, kCapitals);
  return end > pos ? in.run(end, kSmalls) : pos;
}

class O200kScanner : public Scanner {
 public:
  size_t match(std::string_view text, size_t begin) const override {
    const Cursor in(text);
    const uint8_t cls = in.cls(begin);
    const bool can_lead = !in.newline(begin) && !(cls & (kLetter | kNumber));
    for (const auto word : {mixed_word, capital_word}) {
      if (can_lead) {
        const size_t start = in.next(begin);
        if (const size_t end = word(in, start); end > start) return in.contraction(end);
      }
      if (const size_t end = word(in, begin); end > begin) return in.contraction(end);
    }
    if (cls & kNumber) return in.run_numbers(begin, 3);
    const size_t start = begin + (in.byte(begin) == ' ' ? 1 : 0);
    size_t end = in.run_outside(start, kSpace | kLetter | kNumber);
    if (end > start) {
      while (in.newline(end) || in.byte(end) == '/') ++end;
      return end;
    }
    return in.spaces(begin, true);
  }
};

}  // namespace

std::shared_ptr<const Scanner> o200k_scanner() { return std::make_shared<O200kScanner>(); }

}  // namespace fundi::text
