#pragma once

#include <cstdint>

#include "backends/cpu/quant/activations.h"

namespace fundi::cpu {

// Products of a few rows with rows [begin, end) of a block-quantised weight, each of which is read
// once: the bound is memory.
//   out[r * (end - begin) + n - begin] = sum_k a[r,k] weight[n,k]
struct RowDotArgs {
  const void* weight;  // [N,K] as stored
  int64_t k;
  const ActivationChunk* a;  // one tile of `rows` rows (quantise_rows)
  int64_t rows;
  int64_t begin, end;
  float* out;
};
using RowDots = void (*)(const RowDotArgs&);

// The kernel for this processor; null where there is none (without SIMD).
RowDots row_dots(DType dtype);

}  // namespace fundi::cpu
