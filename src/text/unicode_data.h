#pragma once

#include <unicode/uchar.h>

#include <cstdint>
#include <functional>

namespace fundi::text {

// Properties of characters as Hugging Face tokenizers sees them, whatever ICU is installed. Its parts
// were built with tables of different years, so each function says which.

// Unicode 16: what its regular expressions know.
UCharCategory general_category(char32_t c);

// Calls body(first, last, category) for runs that cover all code points, in order. Unicode 16.
void for_each_category_run(
    const std::function<void(char32_t first, char32_t last, UCharCategory category)>& body);

// The simple lower case of Unicode 17; the character itself where it has none.
char32_t to_lower(char32_t c);

// \w of Unicode Technical Standard 18, annex C.
bool is_word_character(char32_t c);

// A numeric character (category N) of Unicode 17.
bool is_numeric(char32_t c);

// As Unicode 8 or 9 had it: a younger character has no category there.
UCharCategory general_category_as_of(int unicode_version, char32_t c);

}  // namespace fundi::text
