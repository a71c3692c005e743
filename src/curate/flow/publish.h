#pragma once

#include <memory>

#include "curate/flow/stage.h"

namespace fundi::curate {

class Plan;

// The last stage, one task: puts what the others made where people look, under the recipe's output:
//   data/train-00000.jsonl.zst, data/validation-00000.jsonl.zst (and .bin, .idx of their tokens)
//   rejects/02-gopher_quality/00000.jsonl.zst   a file a shard
//   quarantine/00000.jsonl.zst                  what could not be read or extracted
//   card.json, card.html                        the data card (card.h)
// Each folder is replaced as a whole; files are hard links to those in work/.
std::unique_ptr<Stage> make_publish(const Plan& plan);

}  // namespace fundi::curate
