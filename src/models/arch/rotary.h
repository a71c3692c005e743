#pragma once

#include "models/model.h"
#include "ops/rope.h"

namespace fundi::models {

// [R/2] f32: the radians a position that RopeConfig asks for in a sequence of `length` tokens (only
// dynamic scaling depends on it), rounded to f32 where transformers rounds.
Tensor rope_frequencies(const RopeConfig& config, int64_t rotated, int64_t max_positions,
                        int64_t length);

// YaRN: 0.1 mscale ln(factor) + 1, the growth of attention with the context.
double yarn_mscale(double factor, double mscale);
// The factor of cosine and sine; 1 without YaRN.
float rope_attention_factor(const RopeConfig& config);

// Rotary positions of one layer.
class Rotary {
 public:
  // Rotates elements [first, first + rotated) of each head of `head_dim`.
  struct Options {
    int64_t head_dim;
    int64_t rotated;
    int64_t first = 0;
    ops::RopeLayout layout = ops::RopeLayout::kHalf;
  };
  Rotary(const RopeConfig& config, int64_t max_positions, const Options& options);
  // x: [N, H*head_dim], the rows of `batch`.
  ops::Var operator()(ops::Context& context, const ops::Var& x, const Batch& batch) const;

 private:
  // [N,R/2] where a sequence of the batch is longer than the model's context, else undefined.
  Tensor stretched(const Batch& batch) const;

  RopeConfig config_;
  int64_t max_positions_;
  Options options_;
  ops::Rotation rotation_;
};

}  // namespace fundi::models
