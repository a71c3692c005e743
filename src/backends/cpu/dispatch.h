#pragma once

#include "base/error.h"
#include "tensor/tensor.h"

namespace fundi::cpu {

// Calls fn(T{}) with the element type of a float tensor, so that kernels are templates over T.
template <typename Fn>
void with_float_type(const char* op, DType dtype, const Fn& fn) {
  switch (dtype) {
    case DType::kF32:
      return fn(float{});
    case DType::kBF16:
      return fn(BFloat16{});
    default:
      fail(ErrorCode::kUnsupported, "{}: {} is not computed on the CPU", op, name(dtype));
  }
}

// The same with f16 as well, which weights may be stored in.
template <typename Fn>
void with_weight_type(const char* op, DType dtype, const Fn& fn) {
  dtype == DType::kF16 ? fn(Float16{}) : with_float_type(op, dtype, fn);
}

}  // namespace fundi::cpu
