#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// Rotary position embedding (Su et al. 2021, arXiv:2104.09864): rotates pairs of each head by
// positions[n] * frequency.
//   x, y: [N,H,D] f32|bf16, may be the same tensor   positions: [N] i32
//   frequencies: [R/2] f32 radians a position, R <= D rotated dimensions, R even
//   kHalf pairs (d, d + R/2) as Hugging Face stores Llama; kInterleaved pairs (2d, 2d + 1).
// inverse rotates back: the backward pass. With accumulate, y += instead of y =.
enum class RopeLayout : uint8_t { kHalf, kInterleaved };
struct Rope {
  Tensor x, positions, frequencies, y;
  RopeLayout layout = RopeLayout::kHalf;
  bool inverse = false;
  bool accumulate = false;
};
void rope(const Rope& args, Stream& stream);

// x: [N, H*D]; heads of `head_dim`.
Var rope(Context& context, const Var& x, const Tensor& positions, const Tensor& frequencies,
         int64_t head_dim, RopeLayout layout = RopeLayout::kHalf);

}  // namespace fundi::ops
