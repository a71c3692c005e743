#pragma once

#include <span>
#include <string_view>

#include "base/json.h"
#include "data/packing.h"
#include "data/token_rows.h"
#include "text/tokenizer.h"
#include "train/micro_batch.h"
#include "train/options.h"

namespace fundi::train {

// The field's conventions where the recipe says nothing (TrainOptions).
struct ObjectiveDefaults {
  double learning_rate;
  double min_lr_ratio;
  double weight_decay;
  double adam_beta2;
};

// What distinguishes one kind of training from another; everything else is the loop's. One file
// each, in the list of all.cc.
struct Objective {
  std::string_view name;  // the value of the key "objective", and of the progress bar
  ObjectiveDefaults defaults;
  // Rows longer than max_length are cut to it when read (else by the packing).
  bool truncates_rows = true;
  // Rows without anything to learn are left out and counted, not an error.
  bool skips_empty_rows = false;
  bool decays_embeddings = true;

  // A row of the data as tokens and what of them is learned (see data::RowEncoder).
  data::TokenRow (*encode)(const Json& row, const text::Tokenizer& tokenizer,
                           const TrainOptions& options);
  // The sequences of at most max_length tokens.
  data::Packing (*pack)(std::span<const data::PackItem> items, const TrainOptions& options);
  // The sum over the micro-batch's targets of their losses, times scale. When the context records,
  // the tape holds the backward.
  double (*loss)(ops::Context& context, models::Model& model, const MicroBatch& batch, double scale,
                 const models::ForwardOptions& forward);
};

}  // namespace fundi::train
