#pragma once

#include <span>
#include <vector>

#include "ops/tape.h"

namespace fundi::ops {

// c[m,n] = sum_k op(a)[m,k] * op(b)[k,n]  (+ bias[n])  (+ c when accumulate)
//   op transposes one of the two at most: a is [M,K], or [K,M] when transpose_a;
//   b is [K,N], or [N,K] when transpose_b
//   a: f32 or bf16   b: a's dtype; or, when transpose_b, a stored weight of any float or
//   block-quantised type (the product may then round a to bf16, or to blocks of 8 bits)
//   c: f32 or bf16, always summed in f32   bias: [N] f32 or bf16, or undefined
struct Matmul {
  Tensor a, b, c;
  bool transpose_a = false;
  bool transpose_b = false;
  bool accumulate = false;
  Tensor bias{};
};
void matmul(const Matmul& args, Stream& stream);

// Products that do not depend on one another. Where each is small (decoding), starting them
// together is what saves time. Bits are those of one by one, save where there are so many large
// ones (experts) that each is one thread's work.
void matmuls(std::span<const Matmul> products, Stream& stream);

struct Projection {
  Var weight, bias{};  // the bias may be undefined
};

// y[n,o] = sum_i x[n,i] * weight[o,i] + bias[o]
//   x: [N,I]   weight: [O,I]   bias: [O] or undefined   y: [N,O] of x's dtype
Var linear(Context& context, const Var& x, const Projection& projection);

// Several of one x (queries, keys and values; gate and up), started together.
std::vector<Var> linears(Context& context, const Var& x, std::span<const Projection> projections);

}  // namespace fundi::ops
