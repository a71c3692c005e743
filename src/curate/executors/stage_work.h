#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "base/progress.h"
#include "curate/flow/executor.h"

namespace fundi::curate {

// The tasks of a stage that are not done; counts all of them into `execution`.
std::vector<size_t> tasks_left(const Plan& plan, size_t stage, Execution& execution);

// Some tasks of a stage, and how far they are: what executors have in common.
class StageWork {
 public:
  StageWork(const Stage& stage, std::vector<size_t> tasks);
  const std::vector<size_t>& tasks() const { return tasks_; }
  void advance(const Advance& done);  // thread-safe

 private:
  std::vector<size_t> tasks_;
  std::optional<Progress> progress_;
  std::atomic<int64_t> documents_ = 0, rejected_ = 0;
};

}  // namespace fundi::curate
