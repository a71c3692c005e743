#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "tensor/blocks.h"

namespace fundi::blocks {

// The fifth bits of a block of 32, one a value: bit j of `qh` as 16 or 0.
inline std::array<uint8_t, kBlock> spread_fifth_bits(const uint8_t (&qh)[4]) {
  std::array<uint8_t, kBlock> high;
  for (size_t i = 0; i < 4; ++i) {
    // Eight copies of the byte, each keeping another bit; where it is set, the sum reaches bit 7.
    const uint64_t bits = qh[i] * uint64_t{0x0101010101010101} & 0x8040201008040201;
    const uint64_t spread = ((bits + 0x7f7f7f7f7f7f7f7f) & 0x8080808080808080) >> 3;
    std::memcpy(high.data() + 8 * i, &spread, sizeof(spread));
  }
  return high;
}

}  // namespace fundi::blocks
