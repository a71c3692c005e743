#pragma once

#include <string>
#include <string_view>

namespace fundi::text {

// Sets of characters as the inside of a PCRE2 bracket ("\p{L}\x{A7CB}-\x{A7CD}"), with what Unicode 16
// added after the tables of the PCRE2 that is installed.

// Of a property name as Oniguruma takes it ("L", "Lu", "letter", "Han"); empty where it is unknown.
std::string property_items(std::string_view name);

// Of a POSIX bracket's name ("alpha"); empty where it is unknown.
std::string posix_items(std::string_view name);

std::string digit_items();  // \d
std::string space_items();  // \s
std::string word_items();   // \w
std::string hex_items();    // \h

}  // namespace fundi::text
