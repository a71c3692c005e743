#pragma once

#include <cstdint>

#include "tensor/dtype.h"

namespace fundi::blocks {

// How elements of a type become f32 and f32 becomes elements. `n` elements fill whole blocks; the
// bytes may lie at any address (a mapped file), the floats are aligned. The same input gives the
// same bytes on every machine.
struct Codec {
  DType dtype;
  void (*decode)(const char* from, float* x, int64_t n);
  // Null where there is no quantiser. Those of block types want finite x of at most
  // kMaxQuantisable in magnitude.
  void (*encode)(const float* x, char* to, int64_t n);
};

// The largest finite f16: beyond it the scale of a block might not be finite.
inline constexpr float kMaxQuantisable = 65504.0F;

// From the explicit list in all.cc; null where the type has no codec (integers, bool).
const Codec* codec_of(DType dtype);

}  // namespace fundi::blocks
