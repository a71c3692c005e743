#pragma once

#include <cstdint>
#include <string_view>

#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::text {

// Reading helpers shared by the scanners. All positions are at character starts.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text), classes_(table()) {}

  size_t size() const { return text_.size(); }
  char byte(size_t pos) const { return pos < text_.size() ? text_[pos] : '\0'; }
  bool newline(size_t pos) const {
    return pos < text_.size() && (text_[pos] == '\n' || text_[pos] == '\r');
  }
  // Class bits of the character at pos; 0 past the end.
  uint8_t cls(size_t pos) const {
    if (pos >= text_.size()) return 0;
    const auto lead = static_cast<unsigned char>(text_[pos]);
    return classes_[lead < 0x80 ? lead : code_point_at(text_, pos).value];
  }
  size_t next(size_t pos) const {
    const auto lead = static_cast<unsigned char>(text_[pos]);
    return pos + (lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4);
  }
  // The start of the character that ends before pos > 0.
  size_t previous(size_t pos) const {
    do {
      --pos;
    } while ((static_cast<unsigned char>(text_[pos]) & 0xC0) == 0x80);
    return pos;
  }
  char32_t value(size_t pos) const { return code_point_at(text_, pos).value; }

  // The end of the run of characters in `mask`.
  size_t run(size_t pos, uint8_t mask) const {
    while (cls(pos) & mask) pos = next(pos);
    return pos;
  }
  // The end of the run of characters outside `mask`.
  size_t run_outside(size_t pos, uint8_t mask) const {
    while (pos < text_.size() && !(cls(pos) & mask)) pos = next(pos);
    return pos;
  }
  size_t run_newlines(size_t pos) const {
    while (newline(pos)) ++pos;
    return pos;
  }
  size_t run_numbers(size_t pos, int max_digits) const {
    for (int i = 0; i < max_digits && (cls(pos) & kNumber); ++i) pos = next(pos);
    return pos;
  }

  // \s+(?!\S)|\s+ with an optional \s*[\r\n]+ tried before: the run up to its last line break if
  // there is one; else all of it at the end of the text; else all but the last space, which the
  // next word takes.
  size_t spaces(size_t pos, bool stop_at_newline) const {
    size_t end = pos, last = pos, after_newline = pos;
    while (cls(end) & kSpace) {
      last = end;
      end = next(end);
      if (newline(last)) after_newline = end;
    }
    if (stop_at_newline && after_newline > pos) return after_newline;
    if (end == text_.size() || last == pos) return end;
    return last;
  }

  // (?i:'s|'t|'re|'ve|'m|'ll|'d); returns pos where there is none.
  size_t contraction(size_t pos) const {
    if (byte(pos) != '\'') return pos;
    const char a = lower(byte(pos + 1)), b = lower(byte(pos + 2));
    if (a == 's' || a == 't' || a == 'm' || a == 'd') return pos + 2;
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return pos + 3;
    // U+017F, the long s, folds to s.
    if (byte(pos + 1) == '\xC5' && byte(pos + 2) == '\xBF') return pos + 3;
    return pos;
  }

 private:
  static char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
  static const uint8_t* table() {
    static const uint8_t* const classes = char_classes();
    return classes;
  }

  std::string_view text_;
  const uint8_t* classes_;
};

}  // namespace fundi::text
