#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace fundi::curate {

struct Decoded {
  std::string text;     // well-formed UTF-8 without a byte order mark
  std::string charset;  // what the bytes were taken for: "UTF-8", "windows-1252", ...
};

// Bytes in any character set as UTF-8; never fails, what cannot be read becomes U+FFFD. In this
// order: a byte order mark; UTF-8, if the bytes are well-formed or have few faults; what nearly all
// can be read as of `declared` (a name as in HTTP or HTML, empty: none) and what the bytes declare
// as HTML or XML does, both taken as browsers do ("latin-1" means windows-1252); what uchardet
// finds, unless windows-1252 makes more of a language of it; windows-1252. Escapes make ASCII
// ISO-2022; Ukrainian letters make KOI8-R KOI8-U.
Decoded to_utf8(std::string_view bytes, std::string_view declared);

// Mends text that was UTF-8, was read as windows-1252 or latin-1 and written as UTF-8 again, once
// or twice: "kitabuâ€™s", "naÃ¯ve". Line by line, and only where nearly all that could have come
// about that way decodes to something, so that Portuguese capitals stay. Returns the number of
// lines that it changed.
int64_t repair_mojibake(std::string& text);

// Whether repair_mojibake() has anything to look at; fast.
bool may_be_mojibake(std::string_view text);

}  // namespace fundi::curate
