#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::curate {

// A text for comparing with others, much as datatrove's simplify_text makes it:
// - NFD without nonspacing marks, case folded (by code point; datatrove: lower case);
// - a number, decimal digits of any script and once a decimal mark (. , and the like) with further
// ones right behind it, is one 0: "3.14" 0, "1,250,000" 0 0. Digits between which only what
// vanishes stands are one number (datatrove: two);
// - punctuation, symbols, controls and white space become one space, none at the ends (datatrove: a
// list of punctuation, to which most symbols and apostrophes do not belong);
// - format controls (soft hyphen, joiners) vanish; a zero-width space is a space (datatrove: stay).
// Simplifying twice changes nothing more. `text` is well-formed UTF-8.
std::string simplify(std::string_view text);

// Hashes (64 bits, the same on every machine) of each run of `n` >= 1 words of the simplified text,
// in order; none if it has fewer words. Words are those of split_words. Replaces `hashes`.
void shingle_hashes(std::string_view simplified, int n, std::vector<uint64_t>& hashes);

}  // namespace fundi::curate
