#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "models/model.h"
#include "train/checkpoint.h"
#include "train/dataset.h"
#include "train/metrics.h"
#include "train/objectives/objective.h"
#include "train/optimizer.h"
#include "train/options.h"
#include "train/sampler.h"
#include "train/schedule.h"

namespace fundi {
class Progress;
}

namespace fundi::train {

// What the loop works with; everything outlives it. The options are resolved.
struct LoopContext {
  const TrainOptions& options;
  const Objective& objective;
  const Dataset& dataset;
  models::Model& model;
  const Checkpoints& checkpoints;
  std::vector<int64_t> eos_ids;
};

// Steps that the options ask for, of this many sequences: max_steps, or whole epochs rounded up.
int64_t planned_steps(const TrainOptions& options, int64_t sequences);

// The training loop. A step takes the sampler's next sequences, runs them forward and backward in
// micro-batches, divides the loss by the tokens learned in all of them, and updates the weights.
class Loop {
 public:
  // `state` is that of the checkpoint that the model came from, or a fresh one with settings.
  Loop(const LoopContext& context, TrainerState state);

  // Trains to the last step, with metrics, evaluations and checkpoints on the way; afterwards there
  // is a checkpoint of the last step.
  void run();
  const TrainerState& state() const { return state_; }

 private:
  struct StepResult {
    double loss = 0, grad_norm = 0, learning_rate = 0;
    models::RoutingStatistics routing;  // of the experts; filled where their balance matters
  };
  StepResult step();
  void forward_backward(std::span<const int32_t> bins, StepResult& result);
  void check_finite(const char* what, double value) const;
  void log(const StepResult& result);
  void evaluate();
  void save();
  bool is_due(int64_t every) const;  // after the step just made

  const LoopContext context_;
  TrainerState state_;
  Stream stream_;
  Sampler sampler_;
  Optimizer optimizer_;
  Schedule schedule_;
  Metrics metrics_;
  double logged_seconds_ = 0;
  int64_t logged_tokens_ = 0;
};

}  // namespace fundi::train
