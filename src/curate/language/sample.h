#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace fundi::curate {

// What a language is told by: as much of a text as that takes, from all over it.
struct Sample {
  std::string text;  // no line breaks; in lower case where the text is in capitals
  size_t letters = 0;
  std::map<std::string, size_t> scripts;  // letters in each, by ISO 15924
  // The script of most letters; empty if there is none. Kana, Hangul and ideographs count apart.
  std::string script() const;
};

// At most about `bytes` of `text` (well-formed UTF-8): a text that is not much longer as a whole,
// otherwise pieces at equal distances, cut at spaces where there are some.
Sample take_sample(std::string_view text, size_t bytes);

}  // namespace fundi::curate
