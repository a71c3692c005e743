#pragma once

namespace fundi::cpu {

// Whether this processor multiplies bytes and sums them in one instruction (AVX512-VNNI).
inline bool has_vnni() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

}  // namespace fundi::cpu
