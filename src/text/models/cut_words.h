#pragma once

#include <string_view>

#include "text/utf8.h"

namespace fundi::text {

// Cuts a word between the neighbouring characters for which may_cut(left, right), and calls
// part(text) for each part in order. Requires a non-empty word.
template <typename MayCut, typename Part>
void cut_words(std::string_view word, MayCut may_cut, Part part) {
  size_t begin = 0;
  CodePoint previous = code_point_at(word, 0);
  for (size_t pos = previous.length; pos < word.size();) {
    const CodePoint c = code_point_at(word, pos);
    if (may_cut(previous.value, c.value)) {
      part(word.substr(begin, pos - begin));
      begin = pos;
    }
    previous = c;
    pos += c.length;
  }
  part(word.substr(begin));
}

}  // namespace fundi::text
