#pragma once

#include <cstdint>
#include <functional>

namespace fundi {

// Threads that parallel work uses: OMP_NUM_THREADS or all cores the process may run on.
int thread_count();
void set_thread_count(int threads);

// Splits [0, n) into one contiguous range a thread and runs body(begin, end, thread). The split
// depends on n and thread_count() alone. An exception in a body is rethrown here.
void parallel_ranges(int64_t n,
                     const std::function<void(int64_t begin, int64_t end, int thread)>& body,
                     int64_t grain = 1);

// body(i) for each i, handed out dynamically: for items of uneven cost whose results do not depend
// on who computes them.
void parallel_each(int64_t n, const std::function<void(int64_t i)>& body);

}  // namespace fundi
