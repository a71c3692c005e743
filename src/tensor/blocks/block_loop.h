#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

#include "tensor/blocks.h"
#include "tensor/half.h"

namespace fundi::blocks {

// What the codecs of block types have in common.

// A block at a time through a copy: in a mapped file it may lie at any address.
template <typename Block, int kElements, void (*decode)(const Block&, float*)>
void decode_blocks(const char* from, float* x, int64_t n) {
  for (; n > 0; n -= kElements) {
    Block block;
    std::memcpy(&block, from, sizeof(block));
    decode(block, x);
    from += sizeof(block);
    x += kElements;
  }
}

template <typename Block, int kElements, void (*encode)(const float*, Block&)>
void encode_blocks(const float* x, char* to, int64_t n) {
  for (; n > 0; n -= kElements) {
    Block block;
    encode(x, block);
    std::memcpy(to, &block, sizeof(block));
    to += sizeof(block);
    x += kElements;
  }
}

inline float to_float(Float16 half) { return half_to_float(half.bits); }

// 1 / d; 0 where that is not finite, which is where d is 0 as f16 too.
inline float inverse_or_zero(float d) {
  const float inverse = 1.0F / d;
  return std::isfinite(inverse) ? inverse : 0.0F;
}

// The element of largest magnitude, with its sign; the first of equals.
inline float extreme_of(const float* x, int n) {
  float magnitude = 0, extreme = 0;
  for (int i = 0; i < n; ++i) {
    if (std::fabs(x[i]) > magnitude) {
      magnitude = std::fabs(x[i]);
      extreme = x[i];
    }
  }
  return extreme;
}

}  // namespace fundi::blocks
