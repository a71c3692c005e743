#pragma once

#include <cstdint>

#include "data/packing.h"
#include "data/token_rows.h"
#include "text/tokenizer.h"
#include "train/objectives/objective.h"

namespace fundi::train {

// The data of a run: token ids once, and the sequences drawn from them.
struct Dataset {
  data::TokenRows rows;
  data::Packing train;
  data::Packing eval;  // empty: no evaluation
  int64_t truncated_rows = 0;
  int64_t empty_rows = 0;
  // Equal where tokens, learned tokens and sequences are equal.
  uint64_t fingerprint = 0;
};

// Reads, tokenises and packs options.data and options.eval_data; holds out eval_fraction of the
// rows, chosen by the seed. Says in the log what was cut or left out. Throws what reading throws,
// and kInvalidArgument where nothing is left to train on.
Dataset load_dataset(const TrainOptions& options, const Objective& objective,
                     const text::Tokenizer& tokenizer);

}  // namespace fundi::train
