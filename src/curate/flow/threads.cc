#include "curate/flow/threads.h"

#include <thread>
#include <vector>

namespace fundi::curate {

void run_threads(int threads, const std::function<void()>& body) {
  std::mutex mutex;
  std::exception_ptr first;
  const auto guarded = [&] {
    try {
      body();
    } catch (...) {
      const std::lock_guard lock(mutex);
      if (!first) first = std::current_exception();
    }
  };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(guarded);
  guarded();
  for (std::thread& thread : others) thread.join();
  if (first) std::rethrow_exception(first);
}

void SharedThreads::work(const std::function<void()>& own) {
  std::exception_ptr failed;
  try {
    own();
  } catch (...) {
    failed = std::current_exception();
  }
  {
    const std::lock_guard lock(mutex_);
    --working_;
  }
  changed_.notify_all();
  help();
  if (failed) std::rethrow_exception(failed);
}

void SharedThreads::run(const std::function<void()>& body) {
  Job job{&body};
  std::unique_lock lock(mutex_);
  jobs_.push_back(&job);
  changed_.notify_all();
  lock.unlock();
  std::exception_ptr failed;
  try {
    body();
  } catch (...) {
    failed = std::current_exception();
  }
  lock.lock();
  jobs_.remove(&job);
  changed_.wait(lock, [&] { return job.helpers == 0; });
  if (!failed) failed = job.failed;
  if (failed) std::rethrow_exception(failed);
}

SharedThreads::Job* SharedThreads::next_job() {
  Job* least = nullptr;
  for (Job* job : jobs_) {
    if (!job->exhausted && (!least || job->helpers < least->helpers)) least = job;
  }
  return least;
}

void SharedThreads::help() {
  std::unique_lock lock(mutex_);
  while (true) {
    Job* job = nullptr;
    changed_.wait(lock, [&] { return (job = next_job()) || working_ == 0; });
    if (!job) return;
    ++job->helpers;
    lock.unlock();
    std::exception_ptr failed;
    try {
      (*job->body)();
    } catch (...) {
      failed = std::current_exception();
    }
    lock.lock();
    job->exhausted = true;
    if (failed && !job->failed) job->failed = failed;
    --job->helpers;
    changed_.notify_all();
  }
}

}  // namespace fundi::curate
