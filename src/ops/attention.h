#pragma once

#include <vector>

#include "ops/tape.h"

namespace fundi::ops {

// One document (or one sequence with its cache) of a packed batch: query rows
// [q_begin, q_begin + q_count) attend to the first k_count rows of k and v from row k_begin.
// Causal: the last query row sees all keys, each one before it one key fewer. k and v are given a
// segment when they live in a cache of its own, else undefined: those of the call. With k alone,
// the values are the first E elements of each key (the latent of multi-head latent attention).
struct AttentionSegment {
  int64_t q_begin = 0, q_count = 0;
  int64_t k_begin = 0, k_count = 0;
  Tensor k, v;  // [capacity,G,D] and [capacity,G,E], f32|bf16|f16|q8_0, or undefined
};

// Causal grouped-query attention by blocks (FlashAttention-2, Dao 2023, arXiv:2307.08691); memory
// is linear in the number of tokens. Segments never see one another.
//   out[n,h,:] = sum_j softmax_j(cap(scale * q[n,h,:] . k[j,g,:])) v[j,g,:],  g = h / (H/G)
//   q: [N,H,D]   k: [N,G,D]   v: [N,G,E]   out: [N,H,E]   all of one dtype, f32|bf16
//   (keys and values of a segment's own cache may have another)
//   lse: [H,N] f32, the log-sum-exp of each row, kept for backward; undefined: not kept
struct AttentionMask {
  float scale = 1.0f;
  int64_t window = 0;  // keys that a query sees, itself included (sliding window); 0: all
  float softcap =
      0.0f;  // cap(s) = softcap * tanh(s / softcap) (Gemma 2, arXiv:2408.00118); 0: none
};
struct AttentionForward {
  Tensor q, k, v, out, lse;
  const std::vector<AttentionSegment>* segments = nullptr;
  AttentionMask mask;
};
// dq, dk, dv (+)= the gradients, as the accumulate flags say. The segments must cover every row.
struct AttentionBackward {
  Tensor q, k, v, out, lse, dout, dq, dk, dv;
  const std::vector<AttentionSegment>* segments = nullptr;
  AttentionMask mask;
  bool accumulate_dq = false, accumulate_dk = false, accumulate_dv = false;
};
void attention_forward(const AttentionForward& args, Stream& stream);
void attention_backward(const AttentionBackward& args, Stream& stream);

// q: [N, H*D], k: [N, G*D], v: [N, G*E] -> [N, H*E], G = k's width / head_dim. Segments with caches
// are for inference only; where every segment has its own, k and v may be undefined. value_dim says
// E where it is not D.
Var attention(Context& context, const Var& q, const Var& k, const Var& v,
              const std::shared_ptr<const std::vector<AttentionSegment>>& segments,
              int64_t head_dim, const AttentionMask& mask, int64_t value_dim = 0);

}  // namespace fundi::ops
