#include "ops/check.h"

namespace fundi::ops {

void check_shape(const char* op, const char* argument, const Tensor& tensor, const Shape& shape) {
  if (tensor.defined() && tensor.shape() == shape) return;
  fail(ErrorCode::kInvalidArgument, "{}: {} has shape {}, expected {}", op, argument,
       tensor.defined() ? tensor.shape().to_string() : "(undefined)", shape.to_string());
}

void check_dtype(const char* op, const char* argument, const Tensor& tensor,
                 std::initializer_list<DType> allowed) {
  std::string names;
  for (DType dtype : allowed) {
    if (tensor.defined() && tensor.dtype() == dtype) return;
    names += (names.empty() ? "" : " or ") + std::string(name(dtype));
  }
  fail(ErrorCode::kInvalidArgument, "{}: {} is {}, expected {}", op, argument,
       tensor.defined() ? name(tensor.dtype()) : "(undefined)", names);
}

void check_float(const char* op, const char* argument, const Tensor& tensor) {
  check_dtype(op, argument, tensor, {DType::kF32, DType::kBF16});
}

void check_weight(const char* op, const char* argument, const Tensor& tensor) {
  check_dtype(op, argument, tensor,
              {DType::kF32, DType::kBF16, DType::kF16, DType::kQ4_0, DType::kQ4_1, DType::kQ5_0,
               DType::kQ5_1, DType::kQ8_0, DType::kQ4_K, DType::kQ5_K, DType::kQ6_K});
  if (tensor.shape().rank() == 2 && tensor.dim(1) % info(tensor.dtype()).block_elements == 0)
    return;
  fail(ErrorCode::kInvalidArgument,
       "{}: {} is {}, expected a matrix with rows of whole blocks of {}", op, argument,
       tensor.to_string(), info(tensor.dtype()).block_elements);
}

void check(bool condition, const char* op, const char* message) {
  if (!condition) fail(ErrorCode::kInvalidArgument, "{}: {}", op, message);
}

}  // namespace fundi::ops
