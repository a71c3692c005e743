#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "train/options.h"

namespace fundi::train {

struct TrainResult {
  std::filesystem::path model;      // output_dir: a Hugging Face model directory
  int64_t steps = 0;                // updates, those of earlier attempts included
  int64_t tokens = 0;               // that went through the model in them
  double seconds = 0;               // that they took
  double final_loss = 0;            // mean over the last logged steps
  std::optional<double> eval_loss;  // of the model that was written; nats a token
  std::filesystem::path metrics;    // output_dir/metrics.jsonl
  int64_t truncated_rows = 0;       // rows cut to max_length
};

// Trains as the options say and writes output_dir: the final (or best) model with its tokenizer,
// metrics.jsonl and checkpoint-STEP/ folders. Killed at any moment and called again, it goes on
// from the newest checkpoint and ends with the same bits.
//
// Uses all threads; one training a process at a time. Throws kInvalidArgument, kNotFound and
// kCorruptData for faults of options, data or model, naming key or file and line; kUnavailable
// where another process trains into output_dir; kDiverged naming step and last good checkpoint
// where loss or gradient are no longer finite; kIo where the disk is full, with older checkpoints
// intact.
TrainResult train(const TrainOptions& options);

}  // namespace fundi::train
