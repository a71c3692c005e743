#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fundi::curate {

// A stretch of a text between two word boundaries of Unicode (UAX #29, with ICU's dictionaries for
// Thai, Lao, Khmer, Burmese, Chinese and Japanese), white space left out. A word of letters with
// inner apostrophes or full stops is one ("can't", "e.g"), each punctuation mark is one of its own;
// a run of one and the same punctuation mark ("...", "----", "##") is cut mark by mark.
struct Word {
  uint32_t begin = 0, length = 0;  // bytes of the text
  uint16_t characters = 0;         // code points, at most 65535
  bool has_letter = false;         // general category L
  bool has_non_symbol = false;     // a character that is neither punctuation nor symbol
  std::string_view in(std::string_view text) const { return text.substr(begin, length); }
};

// Same for every language. `text` is well-formed UTF-8 of less than 4 GiB. Replaces `words`.
void split_words(std::string_view text, std::vector<Word>& words);

}  // namespace fundi::curate
