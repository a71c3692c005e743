#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// y = a + b, elementwise; y may be a or b.
//   a, b, y: one shape, each f32|bf16; summed in f32
struct Add {
  Tensor a, b, y;
};
void add(const Add& args, Stream& stream);

Var add(Context& context, const Var& a, const Var& b);

// Adds `contribution` to the gradient of `var`, or makes it the gradient when there is none yet.
// The tensor is shared, not copied: the caller no longer writes to it.
void accumulate_grad(const Var& var, const Tensor& contribution, Stream& stream);

}  // namespace fundi::ops
