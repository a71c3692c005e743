#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// The gradient of a bias: dbias[c] (+)= sum_n dy[n,c]
//   dy: [N,C] f32|bf16   dbias: [C] f32|bf16
struct BiasBackward {
  Tensor dy, dbias;
  bool accumulate = true;
};
void bias_backward(const BiasBackward& args, Stream& stream);

}  // namespace fundi::ops
