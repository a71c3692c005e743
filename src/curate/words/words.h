#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fundi::curate {

// A stretch of a text between two word boundaries of Unicode as ICU draws them (UAX #29, with
// dictionaries for Thai, Lao, Khmer, Burmese, Chinese and Japanese), white space at its ends left
// out. A word of letters with inner apostrophes or full stops is one ("can't", "e.g", "a_1",
// "jina@mfano.co.ke"), each punctuation mark is one of its own: what is nothing but one and the
// same punctuation mark repeated ("...", "----", "____") is cut mark by mark.
struct Word {
  uint32_t begin = 0, length = 0;  // bytes of the text
  uint16_t characters = 0;         // code points, at most 65535
  bool has_letter = false;         // general category L
  bool has_non_symbol = false;     // a character that is no punctuation, symbol or white space
  std::string_view in(std::string_view text) const { return text.substr(begin, length); }
};

// Same for every language and on every call. `text` is well-formed UTF-8 of less than 4 GiB. Of a
// stretch for the dictionaries 1 MiB is divided at a time. Replaces `words`.
void split_words(std::string_view text, std::vector<Word>& words);

}  // namespace fundi::curate
