#include "models/fp8_blocks.h"

#include <cstddef>
#include <vector>

#include "base/parallel.h"

namespace fundi::models {

Tensor decode_fp8(const Tensor& weight, const Tensor& scales, const Fp8Blocks& blocks,
                  DType dtype) {
  const int64_t columns = weight.dim(1);
  const Tensor result(weight.shape(), dtype);
  const auto at = [columns](const Tensor& t, int64_t row) {
    return static_cast<std::byte*>(t.raw()) + byte_size(t.dtype(), row * columns);
  };
  parallel_ranges(weight.dim(0), [&](int64_t begin, int64_t end, int) {
    std::vector<float> values(static_cast<size_t>(columns));
    for (int64_t row = begin; row < end; ++row) {
      convert_elements(at(weight, row), weight.dtype(), values.data(), DType::kF32, columns);
      const float* scale = scales.data<float>() + row / blocks.rows * scales.dim(1);
      for (int64_t j = 0; j < columns; ++j) {
        values[static_cast<size_t>(j)] *= scale[j / blocks.columns];
      }
      convert_elements(values.data(), DType::kF32, at(result, row), dtype, columns);
    }
  });
  return result;
}

}  // namespace fundi::models
