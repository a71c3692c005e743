#pragma once

#include <initializer_list>

#include "base/error.h"
#include "tensor/tensor.h"

namespace fundi::ops {

// Argument checks of ops; each throws kInvalidArgument naming op, argument and what was expected.
void check_shape(const char* op, const char* argument, const Tensor& tensor, const Shape& shape);
void check_dtype(const char* op, const char* argument, const Tensor& tensor,
                 std::initializer_list<DType> allowed);
void check_float(const char* op, const char* argument, const Tensor& tensor);  // f32 or bf16
// A matrix of any float or block-quantised type, with rows of whole blocks.
void check_weight(const char* op, const char* argument, const Tensor& tensor);
void check(bool condition, const char* op, const char* message);

}  // namespace fundi::ops
