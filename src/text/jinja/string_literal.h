#pragma once

#include <string>
#include <string_view>

namespace fundi::text::jinja {

// What stands between the quotes of a string literal, with Python's escapes resolved; unknown ones
// keep their backslash. Throws kCorruptData naming the line.
std::string unescape_string(std::string_view literal, int line);

}  // namespace fundi::text::jinja
