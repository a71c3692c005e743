#pragma once

#include <cstdint>
#include <functional>

#include "tensor/dtype.h"

namespace fundi::cpu {

// One row-major matrix operand: `leading` elements from row to row of the stored matrix.
struct Matrix {
  const void* data = nullptr;
  DType dtype = DType::kF32;
  int64_t leading = 0;
  bool transposed = false;
};

// c[M,N] = op(a)[M,K] op(b)[K,N] (+ bias[N]) (+ c) by oneDNN, with all threads, or the calling one
// alone inside a parallel region. The only file that knows oneDNN; versions 2.6 and 3.x both work.
// Primitives are cached by shape and type. The same call gives the same bits for one thread count.
void onednn_matmul(int64_t m, int64_t n, int64_t k, const Matrix& a, const Matrix& b, void* c,
                   DType c_dtype, int64_t c_leading, const void* bias, DType bias_dtype,
                   bool accumulate);

// c = a b (dense, one dtype) with b packed once, now: the fastest oneDNN does, for measuring peaks.
// The pointers must outlive the returned call.
std::function<void()> packed_product(int64_t m, int64_t n, int64_t k, void* a, void* b, void* c,
                                     DType dtype);

}  // namespace fundi::cpu
