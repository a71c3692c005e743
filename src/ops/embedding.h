#pragma once

#include <optional>

#include "ops/tape.h"

namespace fundi::ops {

// y[n,:] = weight[ids[n],:]
//   ids: [N] i32, each in [0,V) (checked on the host by the caller of embedding())
//   weight: [V,C] of any float or block-quantised type   y: [N,C] of weight's dtype, or f32|bf16
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

// y has `dtype`, by default that of weight.
Var embedding(Context& context, const Tensor& ids, const Var& weight,
              std::optional<DType> dtype = std::nullopt);

}  // namespace fundi::ops
