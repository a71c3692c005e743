#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/packing.h"
#include "data/token_rows.h"
#include "models/model.h"

namespace fundi::train {

// What goes through the model at once: documents laid end to end, never padded.
struct MicroBatch {
  models::Batch input;
  std::vector<int32_t> rows;     // rows of the hidden states that predict a token to learn
  std::vector<int32_t> targets;  // that token
};

// The sequences `bins` of `packing`. Throws kInvalidArgument where they exceed 2^31 tokens.
MicroBatch make_micro_batch(const data::TokenRows& rows, const data::Packing& packing,
                            std::span<const int32_t> bins);

// Tokens to learn in them.
int64_t count_targets(const data::TokenRows& rows, const data::Packing& packing,
                      std::span<const int32_t> bins);

}  // namespace fundi::train
