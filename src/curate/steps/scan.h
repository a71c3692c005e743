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

// Pieces without white space in a text, counted as far as `most`.
size_t count_pieces(std::string_view text, size_t most);
// One of them has more than `characters`. Looks at few bytes of a text of ordinary words.
bool has_longer_piece(std::string_view text, size_t characters);

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

}  // namespace fundi::curate
