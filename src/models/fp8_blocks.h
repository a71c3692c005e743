#pragma once

#include <cstdint>

#include "tensor/tensor.h"

namespace fundi::models {

// Matrices of 8-bit floats with one scale for each block of them (DeepSeek-V3, arXiv:2412.19437):
//   x[i,j] = f8[i,j] * scales[i / rows, j / columns]
struct Fp8Blocks {
  int64_t rows = 0, columns = 0;  // 0: none
};

// weight: [O,I] f8_e4m3   scales: [ceil(O/rows), ceil(I/columns)] f32   result: [O,I] of `dtype`
Tensor decode_fp8(const Tensor& weight, const Tensor& scales, const Fp8Blocks& blocks, DType dtype);

}  // namespace fundi::models
