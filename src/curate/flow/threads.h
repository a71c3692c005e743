#pragma once

#include <functional>

namespace fundi::curate {

// Runs `body` on `threads` threads, this one among them, and waits. The first exception is thrown
// again here once all have ended.
void run_threads(int threads, const std::function<void()>& body);

}  // namespace fundi::curate
