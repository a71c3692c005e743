#pragma once

#include <cstdint>
#include <filesystem>

#include "base/files.h"
#include "base/json.h"

namespace fundi::train {

// metrics.jsonl: a line a logged step, each with the key "step". Keys as in transformers: loss,
// grad_norm (before clipping), learning_rate, epoch, num_tokens, tokens_per_second; eval_loss on
// lines of evaluations.
class Metrics {
 public:
  // Goes on behind the lines up to and including `step`; later ones, which a resumed run will write
  // again, and what a kill left of a line are cut off. Throws kIo.
  Metrics(const std::filesystem::path& path, int64_t step);
  void write(const Json& line) { file_.append(dump_json(line)); }

 private:
  LineAppender file_;
};

}  // namespace fundi::train
