#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "tensor/blocks.h"

namespace fundi::blocks {

// The fifth bits of a block of 32, one a value: bit j of `qh` as 16 or 0.
inline std::array<uint8_t, kBlock> spread_fifth_bits(const uint8_t (&qh)[4]) {
  std::array<uint8_t, kBlock> high;
  for (size_t byte = 0; byte < 4; ++byte) {
    for (size_t bit = 0; bit < 8; ++bit) {
      high[8 * byte + bit] = (qh[byte] & (1U << bit)) != 0 ? 16 : 0;
    }
  }
  return high;
}

}  // namespace fundi::blocks
