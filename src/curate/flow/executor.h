#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "curate/flow/task.h"

namespace fundi::curate {

struct ExecutorOptions {
  int threads = 1;
  uint64_t memory = 1'000'000'000;    // bytes, of all threads together
  int attempts = 3;                   // after so many failures a task is given up
  std::vector<std::string> sbatch{};  // slurm: "--partition=cpu"
  bool wait = true;                   // slurm: until all is done
};

struct Execution {
  int64_t tasks = 0, cached = 0;
  double seconds = 0;
  std::vector<GivenUp> given_up;
  std::vector<std::string> submitted{};  // jobs that were not waited for
  bool silent = false;                   // another process of the same run says how it went
};

// A way to run a plan's tasks: one file in executors/, one line in executors/all.cc.
struct Executor {
  std::string name;         // "local"
  std::string description;  // one line
  Execution (*run)(const Plan& plan, const ExecutorOptions& options);
};

std::span<const Executor> executors();
// By name; throws kInvalidArgument with a did-you-mean.
const Executor& find_executor(const std::string& name);

// Runs a task, again when it fails, and gives it up in the end: false then. Throws DamagedWork.
bool attempt_task(const Plan& plan, size_t stage, size_t task, const ExecutorOptions& options,
                  const OnThreads& on_threads, const std::function<void(const Advance&)>& advance);

}  // namespace fundi::curate
