#pragma once

#include <cstdint>
#include <type_traits>

#include "tensor/dtype.h"

namespace fundi::cpu {

// Two consecutive bf16 elements along the summed dimension of a product, the first in the low half:
// what the dot-product instructions take.
struct Bf16Pair {
  uint32_t bits;
};

// Whether this machine has such an instruction (AVX512_BF16).
inline bool multiplies_bf16_pairs() {
#if defined(__x86_64__)
  static const bool supported = __builtin_cpu_supports("avx512bf16") != 0;
  return supported;
#else
  return false;
#endif
}

// The unit of a product's operands: float, or Bf16Pair. Its elements, and how many it holds along
// the summed dimension.
template <typename Unit>
using ElementOf = std::conditional_t<std::is_same_v<Unit, Bf16Pair>, BFloat16, float>;
template <typename Unit>
inline constexpr int64_t kDepth = sizeof(Unit) / sizeof(ElementOf<Unit>);
template <typename Unit>
constexpr int64_t units_of(int64_t elements) {
  return (elements + kDepth<Unit> - 1) / kDepth<Unit>;
}

}  // namespace fundi::cpu
