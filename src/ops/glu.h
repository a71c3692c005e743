#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// Gated linear unit (Shazeer 2020, arXiv:2002.05202): y = f(gate) * up
//   kSilu (SwiGLU): f(z) = z / (1 + exp(-z))
//   kGeluTanh (GeGLU): f(z) = z (1 + tanh(sqrt(2/pi) (z + 0.044715 z^3))) / 2
//     (Hendrycks & Gimpel 2016, arXiv:1606.08415)
//   gate, up, y: one shape and dtype, f32|bf16
enum class Activation : uint8_t { kSilu, kGeluTanh };
struct GluForward {
  Tensor gate, up, y;
  Activation activation = Activation::kSilu;
};
// dgate and dup (+)= the gradients.
struct GluBackward {
  Tensor gate, up, dy, dgate, dup;
  Activation activation = Activation::kSilu;
  bool accumulate_dgate = false, accumulate_dup = false;
};
void glu_forward(const GluForward& args, Stream& stream);
void glu_backward(const GluBackward& args, Stream& stream);

Var glu(Context& context, const Var& gate, const Var& up, Activation activation);

}  // namespace fundi::ops
