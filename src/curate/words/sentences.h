#pragma once

#include <string_view>
#include <vector>

namespace fundi::curate {

// The sentences of a text, without white space at their ends. Never empty ones. One rule for all
// languages, by UAX #29 with these changes; a sentence ends
// - at every line break;
// - after a terminator of a script that needs no space after it (。！？ । ؟ ۔ ። ။ ། and so on);
// - after . ! ? … and their runs where white space follows and what stands next is not in lower
// case; with the closing quotes and brackets that follow, and never before , ; : of any script. A
// single full stop ends none after an initial ("J. Smith", "U.S. Army"), a number that begins the
// sentence
// ("1. Maize"), or a title or abbreviation that a name or number follows ("Dr.", "Bw.", "e.g.",
// "No."); so a sentence that ends in one ("in the U.S. They") goes on. Replaces `sentences`, whose
// views point into `text` (well-formed UTF-8).
void split_sentences(std::string_view text, std::vector<std::string_view>& sentences);

}  // namespace fundi::curate
