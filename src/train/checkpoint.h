#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "models/model.h"
#include "text/tokenizer.h"
#include "train/optimizer.h"

namespace fundi::train {

// Everything of a run that is not a tensor. There is no further random state: nothing in training
// draws random numbers but the initial weights and the sampler, which are functions of the seed.
struct TrainerState {
  int64_t step = 0;   // updates made
  int64_t epoch = 0;  // the sampler's
  int64_t position = 0;
  int64_t tokens = 0;      // that went through the model
  double seconds = 0;      // in steps, evaluations and saving not counted
  double window_loss = 0;  // since the last logged line: sum of the steps' losses, and their number
  int64_t window_steps = 0;
  std::optional<double> loss;       // as last logged
  std::optional<double> eval_loss;  // the latest
  std::optional<double> best_loss;  // of the checkpoint best_step
  int64_t best_step = 0;            // 0: none
  // What the run must agree in to be resumed: TrainOptions::settings() and fingerprints.
  Json settings;
  Json sources;  // TrainOptions::sources; null where not given

  Json to_json() const;
  // Throws kCorruptData with `origin`.
  static TrainerState from_json(const Json& json, const std::string& origin);
};

// The checkpoints of an output folder: checkpoint-STEP/, each a Hugging Face model directory with
// optimizer.safetensors and trainer_state.json beside the model. One appears whole or not at all.
class Checkpoints {
 public:
  // Removes what killed runs left half-written. The caller holds the folder's lock.
  Checkpoints(std::filesystem::path output_dir, const text::Tokenizer& tokenizer);

  std::optional<int64_t> newest() const;  // the step
  std::filesystem::path path(int64_t step) const;
  TrainerState state(int64_t step) const;
  std::filesystem::path optimizer_file(int64_t step) const;

  // Writes the checkpoint of state.step; then, it being durable, removes the oldest ones beyond
  // `limit` (0: none), never that of state.best_step. Throws kIo (disk full included), and the
  // older checkpoints are intact then. `eos_ids` are added to those of the model's config files:
  // where generation stops.
  void save(models::Model& model, const Optimizer& optimizer, const TrainerState& state,
            const std::vector<int64_t>& eos_ids, int64_t limit) const;

  // Makes the output folder itself a model directory with the checkpoint's model; its weights are
  // hard links where the file system has them. Throws kNotFound where the checkpoint is gone, kIo.
  void publish(int64_t step) const;

  void remove_all() const;

 private:
  std::vector<int64_t> steps() const;  // ascending
  std::filesystem::path output_dir_;
  const text::Tokenizer& tokenizer_;
};

}  // namespace fundi::train
