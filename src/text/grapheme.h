#pragma once

#include <cstddef>
#include <string_view>

namespace fundi::text {

// Where the extended grapheme cluster that begins at `begin` ends (Unicode Standard Annex 29, without
// its rule 9c for conjuncts). Requires well-formed UTF-8 and begin < text.size() at a cluster's start.
size_t grapheme_end(std::string_view text, size_t begin);

}  // namespace fundi::text
