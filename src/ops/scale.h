#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// y = factor * x, or y += factor * x; y may be x.
//   x, y: one shape, each f32|bf16
struct Scale {
  Tensor x, y;
  float factor = 1.0f;
  bool accumulate = false;
};
void scale(const Scale& args, Stream& stream);

Var scale(Context& context, const Var& x, float factor);

// x in another dtype; x itself where it has it.
Var cast(Context& context, const Var& x, DType dtype);

}  // namespace fundi::ops
