#pragma once

#include <cstdint>

#include "tensor/blocks.h"
#include "tensor/tensor.h"

namespace fundi::cpu {

// Whether this processor multiplies bytes and sums them in one instruction (AVX512-VNNI).
inline bool has_vnni() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vnni");
#else
  return false;
#endif
}

// Whether blocks of 32 are asked for ahead of their use, as superblocks always are: an Intel of the
// Sapphire Rapids generation decoded a quarter faster with it, a Zen 4 a quarter slower.
inline bool fetches_small_blocks() {
#if defined(__x86_64__)
  return __builtin_cpu_is("intel");
#else
  return false;
#endif
}

// Whether kernels may read the blocks of t where they lie: a mapped file may put them anywhere.
inline bool has_aligned_blocks(const Tensor& t) {
  return is_block_quantised(t.dtype()) &&
         reinterpret_cast<uintptr_t>(t.raw()) % alignof(BlockQ8_0) == 0;
}

}  // namespace fundi::cpu
