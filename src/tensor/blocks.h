#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace fundi {

// Layouts of the block-quantised types, bit for bit those of GGUF files (little-endian). A row of a
// tensor is a row of whole blocks. x is a decoded element; lower-case q an integer of the block.

inline constexpr int kBlock = 32;        // elements of the simple types
inline constexpr int kSuperBlock = 256;  // elements of the K types

struct BlockQ4_0 {  // x = d (q - 8)
  Float16 d;
  uint8_t qs[kBlock / 2];  // low nibble: element j, high nibble: element j + 16; so in all 32-types
};
struct BlockQ4_1 {  // x = d q + m
  Float16 d, m;
  uint8_t qs[kBlock / 2];
};
struct BlockQ5_0 {  // x = d (q - 16)
  Float16 d;
  uint8_t qh[4];  // bit j: the fifth bit of element j
  uint8_t qs[kBlock / 2];
};
struct BlockQ5_1 {  // x = d q + m
  Float16 d, m;
  uint8_t qh[4];
  uint8_t qs[kBlock / 2];
};
struct BlockQ8_0 {  // x = d q
  Float16 d;
  int8_t qs[kBlock];
};
struct BlockQ4_K {  // eight groups of 32: x = d scale_g q - dmin min_g
  Float16 d, dmin;
  uint8_t scales[12];  // eight 6-bit scales and eight 6-bit minima
  uint8_t qs[kSuperBlock / 2];
};
struct BlockQ5_K {  // as Q4_K with a fifth bit
  Float16 d, dmin;
  uint8_t scales[12];
  uint8_t qh[kSuperBlock / 8];
  uint8_t qs[kSuperBlock / 2];
};
struct BlockQ6_K {  // sixteen groups of 16: x = d scale_g (q - 32)
  uint8_t ql[kSuperBlock / 2];
  uint8_t qh[kSuperBlock / 4];
  int8_t scales[kSuperBlock / 16];
  Float16 d;
};
static_assert(sizeof(BlockQ4_0) == 18 && sizeof(BlockQ4_1) == 20 && sizeof(BlockQ5_0) == 22 &&
              sizeof(BlockQ5_1) == 24 && sizeof(BlockQ8_0) == 34 && sizeof(BlockQ4_K) == 144 &&
              sizeof(BlockQ5_K) == 176 && sizeof(BlockQ6_K) == 210);

}  // namespace fundi
