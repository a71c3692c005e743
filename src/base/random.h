#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace fundi {

// Counter-based random numbers: the value is a pure function of (seed, stream, counter), so that a
// resumed run, another thread count or another device sees the same numbers. SplitMix64 finaliser
// over the mixed words (Steele, Lea & Flood 2014).
class Random {
 public:
  explicit Random(uint64_t seed, uint64_t stream = 0)
      : key_(mix(seed) ^ mix(stream * 0x9E3779B97F4A7C15ULL + 1)) {}
  uint64_t next() { return at(counter_++); }
  uint64_t at(uint64_t counter) const { return mix(key_ + counter * 0x9E3779B97F4A7C15ULL); }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // [0, 1)
  uint64_t below(uint64_t n);                                               // [0, n), unbiased
  float normal();  // Box-Muller, one of two
  uint64_t counter() const { return counter_; }
  void seek(uint64_t counter) { counter_ = counter; }

  static constexpr uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

 private:
  uint64_t key_;
  uint64_t counter_ = 0;
};

// Fisher-Yates.
template <typename T>
void shuffle(std::span<T> items, Random& random) {
  for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

}  // namespace fundi
