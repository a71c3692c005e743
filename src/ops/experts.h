#pragma once

#include <span>
#include <vector>

#include "ops/linear.h"

namespace fundi::ops {

// Tokens in the order of the experts that they go to: slot slot_of[n,k] holds a copy of token n for
// its k-th expert, and the slots of expert e are [offsets[e], offsets[e+1]). Within an expert
// tokens keep their order.
struct ExpertPlan {
  Tensor slot_of;                // [N,K] i32
  std::vector<int64_t> offsets;  // [E+1]; the last is M = N*K
};
// experts: [N,K] i32 in host memory, each in [0,E)
ExpertPlan plan_experts(const Tensor& experts, int64_t expert_count);

// y[slot_of[n,k],:] (+)= x[n,:], times weights[n,k] where they are given.
//   x: [N,C] f32|bf16   weights: [N,K] f32 or undefined   y: [M,C] of x's dtype
struct GatherTokens {
  Tensor x, weights, slot_of, y;
  bool accumulate = false;
};
// y[n,:] (+)= sum_k x[slot_of[n,k],:], times weights[n,k] where they are given.
//   x: [M,C] f32|bf16   weights: [N,K] f32 or undefined   y: [N,C] of x's dtype
struct CombineTokens {
  Tensor x, weights, slot_of, y;
  bool accumulate = false;
};
// dweights[n,k] = sum_c dy[n,c] x[slot_of[n,k],c]   of CombineTokens
struct CombineWeightsBackward {
  Tensor x, dy, slot_of, dweights;
  bool accumulate = false;
};
void gather_tokens(const GatherTokens& args, Stream& stream);
void combine_tokens(const CombineTokens& args, Stream& stream);
void combine_weights_backward(const CombineWeightsBackward& args, Stream& stream);

// x: [N,C] -> [M,C], a row a slot.
Var gather_tokens(Context& context, const Var& x, const ExpertPlan& plan);
// x: [M,C], weights: [N,K] -> [N,C], each token's slots weighted and summed.
Var combine_tokens(Context& context, const Var& x, const Var& weights, const ExpertPlan& plan);

// y[s,:] = x[s,:] W_e^T for the slots s of each expert e: a matrix product an expert, all of them
// started together. Several sets of weights of one x (gate and up), as linears().
//   x: [M,I]   sets[i][e]: weight [O,I] of expert e, no bias   y: [M,O]
std::vector<Var> expert_linears(Context& context, const Var& x, const ExpertPlan& plan,
                                std::span<const std::vector<Var>> sets);

}  // namespace fundi::ops
