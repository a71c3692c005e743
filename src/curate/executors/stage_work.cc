#include "curate/executors/stage_work.h"

#include "base/text.h"

namespace fundi::curate {

StageWork::StageWork(const Plan& plan, size_t stage, Execution& execution) {
  const Stage& of = plan.stage(stage);
  int64_t work = 0;
  for (size_t i = 0; i < of.tasks(); ++i) {
    if (plan.is_done(stage, i)) continue;
    tasks_.push_back(i);
    work += of.work(i);
  }
  execution.tasks += static_cast<int64_t>(of.tasks());
  execution.cached += static_cast<int64_t>(of.tasks() - tasks_.size());
  if (!tasks_.empty()) progress_.emplace(of.name(), of.work(0) > 1 ? "bytes" : "tasks", work);
}

void StageWork::advance(const Advance& done) {
  documents_ += done.documents;
  rejected_ += done.rejected;
  if (documents_ > 0) {
    progress_->note(fmt::format("{} documents, {} rejected", format_count(documents_),
                                format_count(rejected_)));
  }
  progress_->advance(done.work);
}

}  // namespace fundi::curate
