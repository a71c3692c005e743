#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// Which R of a head's D dimensions are rotated, and how far.
//   frequencies: [R/2] f32 radians a position, or [N,R/2] where rows differ; R even
//   first: the first rotated dimension; the others are copied
//   scale: of cosine and sine (YaRN's attention factor)
//   kHalf pairs (d, d + R/2) as Hugging Face stores Llama; kInterleaved pairs (2d, 2d + 1).
enum class RopeLayout : uint8_t { kHalf, kInterleaved };
struct Rotation {
  Tensor frequencies;
  int64_t first = 0;
  float scale = 1.0f;
  RopeLayout layout = RopeLayout::kHalf;
};

// Rotary position embedding (Su et al. 2021, arXiv:2104.09864): rotates pairs of each head by
// positions[n] * frequency.
//   x, y: [N,H,D] f32|bf16, may be the same tensor   positions: [N] i32
// inverse rotates the other way, with the same scale: the backward pass. With accumulate, y +=
// instead of y =.
struct Rope {
  Tensor x, positions, y;
  Rotation rotation;
  bool inverse = false;
  bool accumulate = false;
};
void rope(const Rope& args, Stream& stream);

// x: [N, H*D]; heads of `head_dim`.
Var rope(Context& context, const Var& x, const Tensor& positions, int64_t head_dim,
         const Rotation& rotation);

}  // namespace fundi::ops
