#pragma once

#include <functional>

#include "ops/tape.h"

namespace fundi::ops {

// How a router chooses K of E experts for a token, and what weight each gets.
//   scores: softmax of the logits (Shazeer et al. 2017, arXiv:1701.06538), or their sigmoid
//     (DeepSeek-V3, arXiv:2412.19437)
//   choice: the K experts of the highest score + bias; of equal ones, the first. With groups, only
//     experts of the `top_groups` best of `groups` equal groups are chosen; a group is as good as
//     its best expert, or as its two best together (DeepSeek-V2, arXiv:2405.04434; V3)
//   weights: the scores without the bias, divided by their sum when `normalise`, times `scale`
struct Routing {
  enum class Score : uint8_t { kSoftmax, kSigmoid };
  enum class GroupScore : uint8_t { kBest, kTwoBest };
  int64_t experts_per_token = 1;
  Score score = Score::kSoftmax;
  int64_t groups = 1, top_groups = 1;
  GroupScore group_score = GroupScore::kBest;
  bool normalise = false;
  float scale = 1.0f;
};

// logits: [N,E] f32|bf16   bias: [E] f32, or undefined   scores: [N,E] f32, kept for backward
// experts: [N,K] i32, the best first   weights: [N,K] f32
struct RouteForward {
  Tensor logits, bias, scores, experts, weights;
  Routing routing;
};
// dlogits (+)= the gradient through the weights and, where dscores ([E] f32) is defined, of a loss
// that has this gradient in each row's scores. The choice itself has none.
struct RouteBackward {
  Tensor scores, experts, weights, dweights, dscores, dlogits;
  Routing routing;
  bool accumulate = false;
};
void route_forward(const RouteForward& args, Stream& stream);
void route_backward(const RouteBackward& args, Stream& stream);

struct Routed {
  Var weights;  // [N,K] f32
  Tensor experts, scores;
};
// `score_gradient`, when given, is asked during the backward pass for dscores.
Routed route(Context& context, const Var& logits, const Tensor& bias, const Routing& routing,
             const std::function<Tensor()>& score_gradient = {});

}  // namespace fundi::ops
