#pragma once

#include "tensor/tensor.h"

namespace fundi::ops {

// One AdamW step (Loshchilov & Hutter 2019, arXiv:1711.05101) in f32:
//   g = grad * grad_scale;  m = b1 m + (1-b1) g;  v = b2 v + (1-b2) g^2
//   master -= lr * (m / (1-b1^step) / (sqrt(v / (1-b2^step)) + eps) + weight_decay * master)
// then param = master rounded to param's dtype, and grad = 0.
//   master, m, v, grad: f32 of one shape   param: f32|bf16, or undefined when master is the
//   parameter
struct AdamW {
  Tensor master, m, v, grad, param;
  float learning_rate = 0;
  float beta1 = 0.9f, beta2 = 0.999f, eps = 1e-8f, weight_decay = 0;
  float grad_scale = 1;  // clipping
  int64_t step = 1;      // counts from 1
};
void adamw(const AdamW& args, Stream& stream);

// out[0] = sum of squares of x, summed in double in a fixed order.   x: f32|bf16   out: [1] f32
struct SquaredNorm {
  Tensor x, out;
};
void squared_norm(const SquaredNorm& args, Stream& stream);

}  // namespace fundi::ops
