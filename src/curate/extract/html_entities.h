#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fundi::curate::html {

// "name=HEX" or "name=HEX+HEX" for each name that ends in a semicolon, which is left out here; and
// the names that also stand without one. Blanks between.
extern const std::string_view kEntityNames, kEntitiesWithoutSemicolon;

// Requires source[pos] == '&'. Appends what the reference there stands for, or the '&' alone where
// there is none, and returns the position after it. In an attribute a name without its semicolon
// that is followed by a letter, a digit or '=' is no reference ("?a=1&copy=2").
size_t append_entity(std::string_view source, size_t pos, bool in_attribute, std::string& out);

// Appends `source` with all references replaced.
void append_decoded(std::string_view source, bool in_attribute, std::string& out);

}  // namespace fundi::curate::html
