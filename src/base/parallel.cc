#include "base/parallel.h"

#include <omp.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <vector>

namespace fundi {
namespace {

// Our own counter, not OpenMP's: that one is per thread, and a server's threads must agree.
std::atomic<int>& threads() {
  static std::atomic<int> count{std::max(1, omp_get_max_threads())};
  return count;
}

}  // namespace

int thread_count() { return threads().load(std::memory_order_relaxed); }

void set_thread_count(int count) {
  threads().store(count > 0 ? count : std::max(1, omp_get_num_procs()), std::memory_order_relaxed);
}

void parallel_ranges(int64_t n, const std::function<void(int64_t, int64_t, int)>& body,
                     int64_t grain) {
  if (n <= 0) return;
  grain = std::max<int64_t>(1, grain);
  const int64_t blocks = n / grain + (n % grain != 0);
  const int parts = static_cast<int>(std::min<int64_t>(thread_count(), blocks));
  const int64_t each = blocks / parts, extra = blocks % parts;
  const auto first_block = [&](int64_t part) { return part * each + std::min(part, extra); };
  const auto run = [&](int part) {
    const int64_t end_block = first_block(part + 1);
    body(first_block(part) * grain, end_block == blocks ? n : end_block * grain, part);
  };
  if (parts == 1 || omp_in_parallel()) {
    // The same ranges as in parallel, so that results do not depend on nesting.
    for (int part = 0; part < parts; ++part) run(part);
    return;
  }
  std::vector<std::exception_ptr> errors(parts);
#pragma omp parallel num_threads(parts)
  {
    // OpenMP may grant fewer threads than asked for.
    for (int part = omp_get_thread_num(); part < parts; part += omp_get_num_threads()) {
      try {
        run(part);
      } catch (...) {
        errors[part] = std::current_exception();
      }
    }
  }
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

void parallel_each(int64_t n, const std::function<void(int64_t)>& body) {
  if (n <= 0) return;
  const int workers = static_cast<int>(std::min<int64_t>(thread_count(), n));
  if (workers == 1 || omp_in_parallel()) {
    for (int64_t i = 0; i < n; ++i) body(i);
    return;
  }
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::exception_ptr error;
  int64_t failed = std::numeric_limits<int64_t>::max();
#pragma omp parallel num_threads(workers)
  {
    for (int64_t i = next.fetch_add(1); i < n; i = next.fetch_add(1)) {
      try {
        body(i);
      } catch (...) {
        next.store(n);
        const std::lock_guard lock(mutex);
        if (i < failed) {
          failed = i;
          error = std::current_exception();
        }
      }
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace fundi
