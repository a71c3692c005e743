#pragma once

#include "ops/tape.h"

namespace fundi::ops {

// The language-model head, logits = cap(x weight^T), joined with what is wanted of the logits and
// computed a chunk of rows at a time: never the whole [N,V].
//   x: [N,C] f32|bf16   weight: [V,C] of any stored type (linear.h), of x's dtype where gradients
//   are taken   targets: [N] i32, each in [0,V)
//   cap(l) = softcap * tanh(l / softcap) (Gemma 2, arXiv:2408.00118); softcap 0: the logits as they
//   are
struct Head {
  Var weight;
  float softcap = 0.0f;
};

// Caps logits in place.   logits: [N,V] f32
struct Softcap {
  Tensor logits;
  float softcap = 0.0f;
};
void softcap(const Softcap& args, Stream& stream);

// log softmax of the target, row by row: out[n] = logits[n,t_n] - lse[n].
// And the gradient, where weights are given, of either the loss -sum_n weights[n] * out[n] or, with
// of_log_probs, of +sum_n weights[n] * out[n]:
//   dlogits[n,v] = +-weights[n] * (softmax[n,v] - [v = t_n])
// or, where the logits were capped, that of the logits before.
//   logits: [N,V] f32, capped   log_probs: [N] f32   weights: [N] f32   dlogits: [N,V] f32|bf16,
//   may be logits itself
struct CrossEntropyRows {
  Tensor logits, targets, log_probs, weights, dlogits;
  float softcap = 0.0f;
  bool of_log_probs = false;
};
void cross_entropy_rows(const CrossEntropyRows& args, Stream& stream);

// Cross entropy with its gradient in one pass over the logits. Returns the log-probability of each
// target, [N] f32; the loss is -sum_n weights[n] * log_prob[n], with weights ([N] f32) already
// divided by whatever the caller averages over. When recording, the gradient of the head is added
// during this call, while the logits are at hand, and that of x by the backward.
Tensor head_loss(Context& context, const Var& x, const Head& head, const Tensor& targets,
                 const Tensor& weights);

// log softmax of the targets as a differentiable value, [N] f32: set the returned Var's gradient
// (f32) before Tape::backward(), which recomputes the logits chunk by chunk.
Var token_log_probs(Context& context, const Var& x, const Head& head, const Tensor& targets);

// The logits themselves, [N,V] f32, for sampling. N is small there.
Tensor head_logits(Context& context, const Tensor& x, const Head& head);

}  // namespace fundi::ops
