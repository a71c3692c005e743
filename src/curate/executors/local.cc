// local: this machine's threads. Several tasks at once where a stage has them; threads without a
// task help the others.
#include <atomic>

#include "base/stopwatch.h"
#include "curate/executors/all.h"
#include "curate/executors/stage_work.h"
#include "curate/flow/threads.h"
#include "curate/flow/work_lock.h"

namespace fundi::curate {
namespace {

Execution run(const Plan& plan, const ExecutorOptions& options) {
  const Stopwatch watch;
  const WorkLock lock = WorkLock::of_run(plan.layout().work());
  Execution execution;
  for (size_t stage = 0; stage < plan.stages(); ++stage) {
    StageWork work(plan.stage(stage), tasks_left(plan, stage, execution));
    const std::vector<size_t>& tasks = work.tasks();
    if (tasks.empty()) continue;
    const int at_once = std::min<int>(options.threads, static_cast<int>(tasks.size()));
    ExecutorOptions share = options;
    share.memory /= static_cast<uint64_t>(at_once);
    std::atomic<size_t> next = 0;
    SharedThreads threads(options.threads);
    const OnThreads shared = [&](const auto& body) { threads.run(body); };
    const auto run_tasks = [&] {
      for (size_t i = next++; i < tasks.size(); i = next++) {
        attempt_task(plan, stage, tasks[i], share, shared,
                     [&](const Advance& done) { work.advance(done); });
      }
    };
    run_threads(options.threads, [&] { threads.work(run_tasks); });
  }
  execution.seconds = watch.seconds();
  execution.given_up = given_up(plan);
  return execution;
}

}  // namespace

Executor local_executor() { return {"local", "The threads of this machine", run}; }

}  // namespace fundi::curate
