#include "curate/flow/executor.h"

#include "base/error.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {

const Executor& find_executor(const std::string& name) {
  std::vector<std::string> names;
  for (const Executor& executor : executors()) {
    if (executor.name == name) return executor;
    names.push_back(executor.name);
  }
  const auto near = closest(name, names);
  fail(ErrorCode::kInvalidArgument, "no executor '{}'{} (there are: {})", name,
       near ? fmt::format("; did you mean '{}'?", *near) : "", fmt::join(names, ", "));
}

bool attempt_task(const Plan& plan, size_t stage, size_t task, const ExecutorOptions& options,
                  const OnThreads& on_threads, const std::function<void(const Advance&)>& advance) {
  std::string log;
  for (int attempt = 1; attempt <= options.attempts; ++attempt) {
    try {
      run_task(plan, stage, task, on_threads, options.memory, advance);
      return true;
    } catch (const DamagedWork&) {
      throw;
    } catch (const std::exception& e) {
      log += fmt::format("attempt {}: {}\n", attempt, e.what());
    }
  }
  give_up(plan, stage, task, log);
  return false;
}

}  // namespace fundi::curate
