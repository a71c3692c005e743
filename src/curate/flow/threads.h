#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <list>
#include <mutex>

namespace fundi::curate {

// Runs `body` on `threads` threads, this one among them, and waits. The first exception is thrown
// again here once all have ended.
void run_threads(int threads, const std::function<void()>& body);

// How a task has work of its own done by more threads than its own: `body` takes of that work until
// none is left, and may be entered by another thread at any time, or by none.
using OnThreads = std::function<void(const std::function<void()>& body)>;

inline OnThreads on_threads(int threads) {
  return [threads](const std::function<void()>& body) { run_threads(threads, body); };
}

// Threads with a task each, of which those that are out of tasks help the others.
class SharedThreads {
 public:
  explicit SharedThreads(int threads) : working_(threads) {}
  // Called once on each of the threads: runs `own`, then helps until all are through with theirs.
  void work(const std::function<void()>& own);
  // Within work(): runs `body` here and on threads that are free. The first exception is thrown
  // again here.
  void run(const std::function<void()>& body);

 private:
  struct Job {
    const std::function<void()>* body;
    int helpers = 0;
    bool exhausted = false;  // somebody found nothing left to do
    std::exception_ptr failed{};
  };
  Job* next_job();  // the one with the fewest helpers
  void help();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Job*> jobs_;
  int working_;
};

}  // namespace fundi::curate
