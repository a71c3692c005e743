#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

namespace fundi {

class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The median time of one call: `work` runs once to warm up, then until about `budget` seconds have
// passed and at least five times.
inline double median_seconds(double budget, const std::function<void()>& work) {
  work();
  std::vector<double> times;
  const Stopwatch total;
  while (times.size() < 5 || total.seconds() < budget) {
    const Stopwatch watch;
    work();
    times.push_back(watch.seconds());
  }
  std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2),
                   times.end());
  return times[times.size() / 2];
}

}  // namespace fundi
