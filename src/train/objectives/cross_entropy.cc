#include "train/objectives/cross_entropy.h"

#include <algorithm>

#include "ops/embedding.h"
#include "ops/head.h"

namespace fundi::train {
namespace {

struct HeadInput {
  ops::Var hidden;
  Tensor targets, weights;
};

// Where almost every row predicts a target, a copy of the rows costs more than the head on the few
// others, which get no weight.
bool worth_gathering(int64_t rows, int64_t targets) { return targets * 16 < rows * 15; }

HeadInput gathered(ops::Context& context, const ops::Var& hidden, const MicroBatch& batch,
                   float scale) {
  const auto targets = static_cast<int64_t>(batch.targets.size());
  const Tensor rows = Tensor::from(std::span(batch.rows), {targets});
  HeadInput input{.hidden = ops::embedding(context, rows, hidden),
                  .targets = Tensor::from(std::span(batch.targets), {targets}),
                  .weights = Tensor({targets}, DType::kF32)};
  std::ranges::fill(input.weights.span<float>(), scale);
  return input;
}

HeadInput all_rows(const ops::Var& hidden, const MicroBatch& batch, float scale) {
  const int64_t rows = hidden.value().dim(0);
  HeadInput input{.hidden = hidden,
                  .targets = Tensor::zeros({rows}, DType::kI32),
                  .weights = Tensor::zeros({rows}, DType::kF32)};
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    input.targets.data<int32_t>()[batch.rows[i]] = batch.targets[i];
    input.weights.data<float>()[batch.rows[i]] = scale;
  }
  return input;
}

}  // namespace

double cross_entropy_loss(ops::Context& context, models::Model& model, const MicroBatch& batch,
                          double scale, const models::ForwardOptions& forward) {
  if (batch.targets.empty()) return 0;
  const ops::Var hidden = model.hidden(context, batch.input, forward);
  const auto weight = static_cast<float>(scale);
  const auto targets = static_cast<int64_t>(batch.targets.size());
  const bool gather = worth_gathering(hidden.value().dim(0), targets);
  const HeadInput input =
      gather ? gathered(context, hidden, batch, weight) : all_rows(hidden, batch, weight);
  const Tensor log_probs =
      ops::head_loss(context, input.hidden, model.head(), input.targets, input.weights);
  double sum = 0;
  const std::span<const float> values = log_probs.span<float>();
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    sum -= values[gather ? i : static_cast<size_t>(batch.rows[i])];
  }
  return scale * sum;
}

}  // namespace fundi::train
