#include "curate/flow/executor.h"

#include "base/error.h"

namespace fundi::curate {

bool attempt_task(const Plan& plan, size_t stage, size_t task, const ExecutorOptions& options,
                  int threads, const std::function<void(const Advance&)>& advance) {
  std::string log;
  for (int attempt = 1; attempt <= options.attempts; ++attempt) {
    try {
      run_task(plan, stage, task, threads, options.memory, advance);
      return true;
    } catch (const std::exception& e) {
      log += fmt::format("attempt {}: {}\n", attempt, e.what());
    }
  }
  give_up(plan, stage, task, log);
  return false;
}

}  // namespace fundi::curate
