#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/hash.h"

namespace fundi::curate {

// 64 bits of a word, for tables that live as long as a document: the two ends of a short word
// multiplied to 128 bits and folded, as wyhash does it; in line, since words are short and many.
inline uint64_t hash_word(std::string_view word) {
  const size_t n = word.size();
  if (n > 16) return hash64(word);
  uint64_t a = 0, b = 0;
  if (n >= 8) {
    std::memcpy(&a, word.data(), 8);
    std::memcpy(&b, word.data() + n - 8, 8);
  } else if (n >= 4) {
    uint32_t first, last;
    std::memcpy(&first, word.data(), 4);
    std::memcpy(&last, word.data() + n - 4, 4);
    a = first;
    b = last;
  } else if (n > 0) {
    const auto byte = [&](size_t i) { return uint64_t{static_cast<unsigned char>(word[i])}; };
    a = byte(0) << 16 | byte(n / 2) << 8 | byte(n - 1);
  }
  __extension__ using Wide = unsigned __int128;
  const Wide product =
      Wide{a ^ 0xA0761D6478BD642FULL} * (b ^ 0xE7037ED1A0B428DBULL ^ (uint64_t{n} << 56));
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

}  // namespace fundi::curate
