#pragma once

#include <cstdint>

#include "models/model.h"

namespace fundi::models {

// Estimates, in bytes, of what a model needs; what is left out is small beside them.

// The weights as they are in memory; those of a mapped file count.
uint64_t weight_bytes(Model& model);

// Keys and values of one sequence of `tokens`.
uint64_t cache_bytes(const Model& model, DType dtype, int64_t tokens);

struct TrainingMemory {
  uint64_t full = 0;  // every weight trained, as train/optimizer.h has it
  uint64_t lora = 0;  // adapters of rank kLoraRank beside every matrix of a layer
};
inline constexpr int64_t kLoraRank = 16;
// One forward and backward pass over `tokens` tokens in bf16, weights and states of the optimizer
// included.
TrainingMemory training_memory(Model& model, int64_t tokens);

}  // namespace fundi::models
