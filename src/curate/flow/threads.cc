#include "curate/flow/threads.h"

#include <exception>
#include <mutex>
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

}  // namespace fundi::curate
