#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::curate {

// A text for comparing with others, as datatrove simplifies it: NFD without nonspacing marks, case
// folded (by code point), decimal digits to 0, punctuation, symbols, controls and white space to
// one space, none at the ends. Format controls (soft hyphen, joiners) vanish; a zero-width space is
// a space. Simplifying twice changes nothing more. `text` is well-formed UTF-8.
std::string simplify(std::string_view text);

// Hashes (64 bits, the same on every machine) of each run of `n` >= 1 words of the simplified text,
// in order; none if it has fewer words. Words are those of split_words. Replaces `hashes`.
void shingle_hashes(std::string_view simplified, int n, std::vector<uint64_t>& hashes);

}  // namespace fundi::curate
