#include "models/routing_statistics.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "models/model.h"

namespace fundi::models {
namespace {

constexpr std::string_view kBias = ".e_score_correction_bias";

// All layers as one.
ExpertLoad total_load(const RoutingStatistics& statistics) {
  RoutingStatistics sum;
  for (const ExpertLoad& layer : statistics.layers) {
    if (layer.rows > 0) sum.add({.balance_coefficient = 0, .layers = {layer}});
  }
  return sum.layers.empty() ? ExpertLoad{} : sum.layers.front();
}

void move_bias(ops::Var& var, const ExpertLoad& load, double rate) {
  const Tensor& old = var.value();
  Tensor bias(old.shape(), DType::kF32);  // the old one may lie in a mapped file
  const double sum = std::accumulate(load.tokens.begin(), load.tokens.end(), 0.0);
  const double mean = sum / static_cast<double>(load.tokens.size());
  for (int64_t e = 0; e < bias.elements(); ++e) {
    const auto tokens = static_cast<double>(load.tokens[static_cast<size_t>(e)]);
    const double step = tokens < mean ? rate : tokens > mean ? -rate : 0.0;
    bias.data<float>()[e] = old.data<float>()[e] + static_cast<float>(step);
  }
  var.set_value(bias);
}

}  // namespace

void RoutingStatistics::add(const RoutingStatistics& other) {
  layers.resize(std::max(layers.size(), other.layers.size()));
  for (size_t i = 0; i < other.layers.size(); ++i) {
    ExpertLoad& mine = layers[i];
    const ExpertLoad& theirs = other.layers[i];
    mine.rows += theirs.rows;
    mine.tokens.resize(std::max(mine.tokens.size(), theirs.tokens.size()), 0);
    mine.scores.resize(mine.tokens.size(), 0);
    for (size_t e = 0; e < theirs.tokens.size(); ++e) {
      mine.tokens[e] += theirs.tokens[e];
      mine.scores[e] += theirs.scores[e];
    }
  }
}

ExpertLoad expert_load(const Tensor& experts, const Tensor& scores) {
  const auto count = static_cast<size_t>(scores.dim(1));
  ExpertLoad load{.rows = scores.dim(0),
                  .tokens = std::vector<int64_t>(count, 0),
                  .scores = std::vector<double>(count, 0)};
  for (const int32_t expert : experts.span<int32_t>()) ++load.tokens[static_cast<size_t>(expert)];
  const std::span<const float> values = scores.span<float>();
  for (size_t i = 0; i < values.size(); ++i) load.scores[i % count] += values[i];
  return load;
}

double balance_loss(const RoutingStatistics& statistics) {
  const ExpertLoad load = total_load(statistics);
  const auto rows = static_cast<double>(std::max<int64_t>(load.rows, 1));
  double sum = 0;
  for (size_t e = 0; e < load.tokens.size(); ++e) {
    sum += static_cast<double>(load.tokens[e]) / rows * load.scores[e] / rows;
  }
  return sum * static_cast<double>(load.tokens.size());
}

Tensor balance_gradient(const RoutingStatistics& statistics) {
  const ExpertLoad load = total_load(statistics);
  const auto rows = static_cast<double>(std::max<int64_t>(load.rows, 1));
  const auto experts = static_cast<int64_t>(load.tokens.size());
  Tensor gradient({experts}, DType::kF32);
  for (int64_t e = 0; e < experts; ++e) {
    const double share = static_cast<double>(load.tokens[static_cast<size_t>(e)]) / rows;
    gradient.data<float>()[e] = static_cast<float>(statistics.balance_coefficient *
                                                   static_cast<double>(experts) * share / rows);
  }
  return gradient;
}

void update_correction_biases(Model& model, const RoutingStatistics& statistics, double rate) {
  auto load = statistics.layers.begin();
  bool updated = false;
  for (Parameter& parameter : model.parameters()) {
    if (!parameter.name.ends_with(kBias)) continue;
    load = std::find_if(load, statistics.layers.end(),
                        [](const ExpertLoad& layer) { return layer.rows > 0; });
    if (load == statistics.layers.end() ||
        static_cast<int64_t>(load->tokens.size()) != parameter.var.value().elements()) {
      fail(ErrorCode::kInvalidArgument, "the statistics of routing are not those of this model");
    }
    move_bias(parameter.var, *load++, rate);
    updated = true;
  }
  if (!updated) {
    fail(ErrorCode::kInvalidArgument,
         "a model of type '{}' has no correction biases; balance its experts with the auxiliary "
         "loss",
         model.config().model_type);
  }
}

}  // namespace fundi::models
