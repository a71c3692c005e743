#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace fundi::curate::dedup {

// What counts as the same text.
enum class ExactForm {
  kAsIs,    // the same bytes
  kFolded,  // the same after fold()
};

struct Hash128 {
  uint64_t high = 0, low = 0;
  auto operator<=>(const Hash128&) const = default;
};

// XXH3, 128 bits: among a billion texts two of which differ share one with probability 1e-21.
Hash128 hash128(std::string_view bytes);

// Lower case (of no language in particular), NFC, each run of white space (White_Space) one space,
// none at the ends. `text` is well-formed UTF-8.
std::string fold(std::string_view text);

Hash128 exact_hash(std::string_view text, ExactForm form);

}  // namespace fundi::curate::dedup
