#include "backends/cpu/peaks.h"

#include <algorithm>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/peaks.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/onednn.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"
#include "base/stopwatch.h"
#include "tensor/tensor.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

float read_all(const float* data, int64_t begin, int64_t end) {
  return sum_of(end - begin, [=](auto d, int64_t i) HWY_ATTR { return load(d, data + begin + i); });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(read_all);

double matmul_flops_per_second(int64_t m, int64_t n, int64_t k, DType dtype, double seconds) {
  const Tensor a = Tensor::zeros({m, k}, dtype), b = Tensor::zeros({k, n}, dtype),
               c = Tensor::zeros({m, n}, dtype);
  const double time =
      median_seconds(seconds, packed_product(m, n, k, a.raw(), b.raw(), c.raw(), dtype));
  return 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k) / time;
}

double memory_bytes_per_second(size_t bytes, double seconds) {
  const auto n = static_cast<int64_t>(bytes / sizeof(float));
  const Tensor data = Tensor::zeros({n}, DType::kF32);
  std::vector<float> sums(static_cast<size_t>(thread_count()), 0.0f);
  const double time = median_seconds(seconds, [&] {
    parallel_ranges(n, [&](int64_t begin, int64_t end, int thread) {
      sums[static_cast<size_t>(thread)] +=
          HWY_DYNAMIC_DISPATCH(read_all)(data.data<float>(), begin, end);
    });
  });
  return static_cast<double>(data.bytes()) / time;
}

}  // namespace fundi::cpu
#endif
