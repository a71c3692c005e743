#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// RMS normalisation over the last axis (Zhang & Sennrich 2019, arXiv:1910.07467).
//   y[n,c] = x[n,c] * rstd[n] * (offset + weight[c]),  rstd[n] = 1 / sqrt(mean_c x[n,c]^2 + eps)
//   x, y: [N,C] f32|bf16   weight: [C] of x's dtype   rstd: [N] f32, kept for backward
//   offset: 0, or 1 where weights are stored as their distance from one (Gemma, arXiv:2403.08295)
struct RmsNormForward {
  Tensor x, weight, y, rstd;
  float eps = 1e-6f;
  float offset = 0.0f;
};
// dx (+)= gradient of x; dweight += gradient of weight, summed in a fixed order.
//   dx: [N,C] of x's dtype, or undefined   dweight: [C] f32|bf16, or undefined
struct RmsNormBackward {
  Tensor x, weight, rstd, dy, dx, dweight;
  float offset = 0.0f;
  bool accumulate_dx = false;
};
void rms_norm_forward(const RmsNormForward& args, Stream& stream);
void rms_norm_backward(const RmsNormBackward& args, Stream& stream);

// x: [N, H*C], each group of C channels normalised by itself with the same weight [C]: whole rows,
// or the heads of queries and keys.
Var rms_norm(Context& context, const Var& x, const Var& weight, float eps, float offset = 0.0f);

}  // namespace fundi::ops
