#include "curate/executors/stage_work.h"

#include "base/text.h"

namespace fundi::curate {

std::vector<size_t> tasks_left(const Plan& plan, size_t stage, Execution& execution) {
  std::vector<size_t> tasks;
  const size_t all = plan.stage(stage).tasks();
  for (size_t i = 0; i < all; ++i) {
    if (!plan.is_done(stage, i)) tasks.push_back(i);
  }
  execution.tasks += static_cast<int64_t>(all);
  execution.cached += static_cast<int64_t>(all - tasks.size());
  return tasks;
}

StageWork::StageWork(const Stage& stage, std::vector<size_t> tasks) : tasks_(std::move(tasks)) {
  if (tasks_.empty()) return;
  int64_t work = 0;
  for (const size_t task : tasks_) work += stage.work(task);
  progress_.emplace(stage.name(), stage.work(0) > 1 ? "bytes" : "tasks", work);
}

void StageWork::advance(const Advance& done) {
  documents_ += done.documents;
  rejected_ += done.rejected;
  if (documents_ > 0) {
    progress_->note(
        fmt::format("{} of {} rejected", format_count(rejected_), format_count(documents_)));
  }
  progress_->advance(done.work);
}

}  // namespace fundi::curate
