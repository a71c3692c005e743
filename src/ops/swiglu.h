#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// Gated unit (Shazeer 2020, arXiv:2002.05202): y = silu(gate) * up, silu(z) = z / (1 + exp(-z)).
//   gate, up, y: one shape and dtype, f32|bf16
struct SwigluForward {
  Tensor gate, up, y;
};
// dgate and dup (+)= the gradients.
struct SwigluBackward {
  Tensor gate, up, dy, dgate, dup;
  bool accumulate_dgate = false, accumulate_dup = false;
};
void swiglu_forward(const SwigluForward& args, Stream& stream);
void swiglu_backward(const SwigluBackward& args, Stream& stream);

Var swiglu(Context& context, const Var& gate, const Var& up);

}  // namespace fundi::ops
