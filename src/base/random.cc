#include "base/random.h"

#include <cassert>
#include <cmath>
#include <numbers>

namespace fundi {

uint64_t Random::below(uint64_t n) {
  assert(n > 0);
  if (n == 0) return 0;
  // Lemire 2019, arXiv:1805.10941: the high word of next() * n, redrawn in the few cases where the
  // low word falls in the part of 2^64 that n does not divide evenly.
  auto product = static_cast<unsigned __int128>(next()) * n;
  if (static_cast<uint64_t>(product) < n) {
    const uint64_t threshold = (0 - n) % n;
    while (static_cast<uint64_t>(product) < threshold) {
      product = static_cast<unsigned __int128>(next()) * n;
    }
  }
  return static_cast<uint64_t>(product >> 64);
}

float Random::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));  // 1 - u is never 0
  const double angle = 2.0 * std::numbers::pi * uniform();
  return static_cast<float>(radius * std::cos(angle));
}

}  // namespace fundi
