// local: this machine's threads. Several tasks at once where a stage has them; a single one gets
// all threads.
#include <atomic>

#include "base/progress.h"
#include "base/stopwatch.h"
#include "base/text.h"
#include "curate/executors/all.h"
#include "curate/flow/threads.h"

namespace fundi::curate {
namespace {

int64_t work_of(const Stage& stage) {
  int64_t work = 0;
  for (size_t i = 0; i < stage.tasks(); ++i) work += stage.work(i);
  return work;
}

Execution run(const Plan& plan, const ExecutorOptions& options) {
  const Stopwatch watch;
  Execution execution;
  for (size_t number = 0; number < plan.stages(); ++number) {
    const Stage& stage = plan.stage(number);
    std::vector<size_t> tasks;
    for (size_t i = 0; i < stage.tasks(); ++i) {
      if (!plan.is_done(number, i)) tasks.push_back(i);
    }
    execution.tasks += static_cast<int64_t>(stage.tasks());
    execution.cached += static_cast<int64_t>(stage.tasks() - tasks.size());
    if (tasks.empty()) continue;
    Progress progress(stage.name(), stage.work(0) > 1 ? "bytes" : "tasks", work_of(stage));
    const int at_once = std::min<int>(options.threads, static_cast<int>(tasks.size()));
    ExecutorOptions share = options;
    share.memory /= static_cast<uint64_t>(at_once);
    std::atomic<int64_t> documents = 0, rejected = 0;
    const auto advance = [&](const Advance& done) {
      documents += done.documents;
      rejected += done.rejected;
      if (documents > 0) {
        progress.note(fmt::format("{} documents, {} rejected", format_count(documents),
                                  format_count(rejected)));
      }
      progress.advance(done.work);
    };
    std::atomic<size_t> next = 0;
    run_threads(at_once, [&] {
      for (size_t i = next++; i < tasks.size(); i = next++) {
        attempt_task(plan, number, tasks[i], share, options.threads / at_once, advance);
      }
    });
  }
  execution.seconds = watch.seconds();
  execution.given_up = given_up(plan);
  return execution;
}

}  // namespace

Executor local_executor() { return {"local", "The threads of this machine", run}; }

}  // namespace fundi::curate
