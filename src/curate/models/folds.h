#pragma once

#include <string_view>
#include <vector>

#include "text/utf8.h"

namespace fundi::curate {

// Characters as the models of this folder see them: letters small, every digit '0', white space and
// controls ' '.
class Folds {
 public:
  static const Folds& get();  // built at the first call; thread-safe
  char32_t of(char32_t c) const { return c < table_.size() ? table_[c] : c; }
  bool is_letter(char32_t c) const { return c < letters_.size() && letters_[c] != 0; }  // or a mark

  // Code points from here on are letters of no living language's daily use: they stay as they are.
  static constexpr size_t kSize = 0x20000;

 private:
  Folds();
  std::vector<char32_t> table_;
  std::vector<uint8_t> letters_;
};

// Calls body(folded character) for a well-formed text with each run of ' ' as one, none at the
// start.
template <typename Body>
void for_each_folded(std::string_view text, Body body) {
  const Folds& folds = Folds::get();
  bool space = true;
  for (size_t pos = 0; pos < text.size();) {
    const text::CodePoint c = text::code_point_at(text, pos);
    pos += c.length;
    const char32_t folded = folds.of(c.value);
    if (folded == ' ' && space) continue;
    space = folded == ' ';
    body(folded);
  }
}

}  // namespace fundi::curate
