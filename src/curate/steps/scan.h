#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::curate {

// What several steps ask of a text. All texts are well-formed UTF-8.

// Code points.
size_t count_characters(std::string_view text);
size_t count_byte(std::string_view text, char byte);
// Occurrences without overlap.
size_t count_text(std::string_view text, std::string_view what);

// White space as Python's str.strip knows it: White_Space and U+001C to U+001F.
bool is_strip_space(char32_t c);
std::string_view strip_left(std::string_view text);
std::string_view strip_right(std::string_view text);
std::string_view strip(std::string_view text);

// Calls body(piece) for each piece that is white space at neither end and holds none.
template <typename Body>
void for_each_piece(std::string_view text, Body body);

// The lines as Python's str.splitlines has them: ended by LF, CR, CR LF, VT, FF, U+001C to U+001E,
// U+0085, U+2028, U+2029; no empty one after the last end. Replaces `lines`.
void split_any_lines(std::string_view text, std::vector<std::string_view>& lines);
// Cut at each run of `least` or more LFs; the first and the last piece may be empty.
void split_at_breaks(std::string_view text, size_t least, std::vector<std::string_view>& pieces);

// Unicode's Sentence_Terminal (and Khmer's) at the end ("." and its like in every script).
bool ends_sentence(std::string_view line);
// Any of the characters that datatrove takes for punctuation: Sentence_Terminal, much of ASCII's
// and CJK punctuation, control characters, but not the bullet, currency signs or most symbols.
bool is_datatrove_punctuation(char32_t c);

inline double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// How much of a list of pieces repeats an earlier one.
struct Duplicates {
  size_t pieces = 0, characters = 0;
};
Duplicates find_duplicates(std::span<const std::string_view> pieces);

// ---

// Bytes of the white space that `text` begins with, if any.
size_t strip_space_at(std::string_view text, size_t pos);

template <typename Body>
void for_each_piece(std::string_view text, Body body) {
  size_t begin = 0, pos = 0;
  while (pos < text.size()) {
    const size_t space = strip_space_at(text, pos);
    if (space == 0) {
      ++pos;
      continue;
    }
    if (pos > begin) body(text.substr(begin, pos - begin));
    begin = pos += space;
  }
  if (pos > begin) body(text.substr(begin));
}

}  // namespace fundi::curate
