#pragma once

#include <cstdint>
#include <vector>

#include "tensor/tensor.h"

namespace fundi::models {

class Model;

// How one forward pass, or several, spread tokens over the experts of a layer.
struct ExpertLoad {
  int64_t rows = 0;             // tokens that the router saw; 0: a layer without experts
  std::vector<int64_t> tokens;  // [E] how many of them went to each expert
  std::vector<double> scores;   // [E] sum of their scores
};

// Given to a forward pass, which fills `layers`; one entry a layer. With a coefficient, the
// backward pass adds the gradient of coefficient * balance_loss() to that of the routers.
struct RoutingStatistics {
  double balance_coefficient = 0;
  std::vector<ExpertLoad> layers;

  // Adds the loads of another pass through the same model.
  void add(const RoutingStatistics& other);
};

// Load of a layer from what its router gave: experts [N,K] i32, scores [N,E] f32, host memory.
ExpertLoad expert_load(const Tensor& experts, const Tensor& scores);

// The auxiliary loss of Switch Transformer (Fedus et al. 2021, arXiv:2101.03961, equations 4 to 6)
// over all layers together, as transformers computes it: E sum_e f_e P_e, with f_e the share of
// tokens that went to expert e (K in all) and P_e its mean score. Wants softmax scores.
double balance_loss(const RoutingStatistics& statistics);
// Its gradient in each row's scores, [E] f32, times balance_coefficient.
Tensor balance_gradient(const RoutingStatistics& statistics);

// Balancing without a loss (Wang et al. 2024, arXiv:2408.15664, as in DeepSeek-V3): each correction
// bias grows by `rate` where its expert got fewer tokens than the mean, and shrinks where more.
// kInvalidArgument where the model's routers have no such bias, or the statistics are another's.
// The model owns its weights (own_weights).
void update_correction_biases(Model& model, const RoutingStatistics& statistics, double rate);

}  // namespace fundi::models
