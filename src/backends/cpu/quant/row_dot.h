#pragma once

#include <cstdint>

#include "backends/cpu/quant/activations.h"

namespace fundi::cpu {

// Products of a few rows with a block-quantised weight, [N,K] as stored, each row of which is read
// once: the bound is memory. For columns [begin, end):
//   out[r * (end - begin) + n - begin] = sum_k a[r,k] weight[n,k]
// `a` is one tile of `rows` rows (quantise_rows).
using RowDots = void (*)(const void* weight, int64_t k, const ActivationChunk* a, int64_t rows,
                         int64_t begin, int64_t end, float* out);

// The kernel for this processor; null where there is none (without SIMD, or vectors of unknown
// size).
RowDots row_dots(DType dtype);

}  // namespace fundi::cpu
