#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::curate {

// A text for comparing with others, as datatrove simplifies it: NFD without marks, lower case,
// digits to 0, punctuation and symbols to space, white space folded to one space, none at the ends.
std::string simplify(std::string_view text);

// Hashes (64 bits) of each run of `n` words of the simplified text, in order; none if it has fewer
// words. Words are those of split_words. Replaces `hashes`.
void shingle_hashes(std::string_view simplified, int n, std::vector<uint64_t>& hashes);

}  // namespace fundi::curate
