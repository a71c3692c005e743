#pragma once

#include "models/model.h"
#include "ops/tape.h"
#include "train/micro_batch.h"

namespace fundi::train {

// scale * sum over the targets of -log p(target | the document before it), the loss of language
// models. Only the hidden rows that predict a target go through the head.
double cross_entropy_loss(ops::Context& context, models::Model& model, const MicroBatch& batch,
                          double scale, const models::ForwardOptions& forward);

}  // namespace fundi::train
