#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace fundi::text::jinja {

// Python's view of strings: sequences of code points. All texts are well-formed UTF-8.

bool is_space(char32_t c);  // as str.isspace()

size_t code_points(std::string_view text);
// The byte offset of code point `index`; text.size() where there are no more than `index`.
size_t byte_offset(std::string_view text, size_t index);
// The longest beginning of whole characters that has at most so many bytes.
std::string_view beginning(std::string_view text, size_t bytes);
// The offset of the character before the one at `position`, which must not be 0.
size_t previous_offset(std::string_view text, size_t position);

enum class Side { kLeft, kRight, kBoth };
using CharPredicate = std::function<bool(char32_t)>;
// The byte range that is left when characters that satisfy `drop` are taken from the ends.
std::pair<size_t, size_t> strip_range(std::string_view text, Side side, const CharPredicate& drop);

// The first occurrence of `part` at or after `from`, or npos; linear time.
size_t find_text(std::string_view text, std::string_view part, size_t from = 0);
size_t find_last_text(std::string_view text, std::string_view part);

enum class Casing { kUpper, kLower, kTitle, kCapital, kSwap, kFold };
// As Python's str.upper(), lower(), title(), capitalize(), swapcase(), casefold().
std::string change_case(std::string_view text, Casing casing);

// As str.isupper() or islower(): cased characters, all of them of the case.
bool in_case(std::string_view text, bool upper);

bool is_alpha(char32_t c);    // as str.isalpha()
bool is_digit(char32_t c);    // as str.isdigit()
bool is_decimal(char32_t c);  // as str.isdecimal()
bool is_numeric(char32_t c);  // as str.isnumeric()
bool is_cased(char32_t c);    // has an upper, lower or title case
bool is_upper(char32_t c);
bool is_lower(char32_t c);
bool is_printable(char32_t c);  // as str.isprintable()

}  // namespace fundi::text::jinja
