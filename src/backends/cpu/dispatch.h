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

}  // namespace fundi::cpu
