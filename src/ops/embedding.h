#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// y[n,:] = weight[ids[n],:]
//   ids: [N] i32, each in [0,V) (checked on the host by the caller of embedding())
//   weight: [V,C] f32|bf16   y: [N,C] of weight's dtype
struct EmbeddingForward {
  Tensor ids, weight, y;
};
// dweight[ids[n],:] += dy[n,:], in the order of n: the bits do not depend on the thread count.
//   dweight: [V,C] f32|bf16
struct EmbeddingBackward {
  Tensor ids, dy, dweight;
};
void embedding_forward(const EmbeddingForward& args, Stream& stream);
void embedding_backward(const EmbeddingBackward& args, Stream& stream);

Var embedding(Context& context, const Tensor& ids, const Var& weight);

}  // namespace fundi::ops
