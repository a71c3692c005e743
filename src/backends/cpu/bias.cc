#include "ops/bias.h"

#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/bias.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

template <typename T>
void sum_columns(const Tensor& dy, float* sums, int64_t begin, int64_t end) {
  const int64_t channels = dy.dim(1);
  for (int64_t n = 0; n < dy.dim(0); ++n) {
    const T* row = dy.data<T>() + n * channels;
    for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
      store(d, hn::Add(load(d, sums + begin + i), load(d, row + begin + i)), sums + begin + i);
    });
  }
}

void bias_sums(const Tensor& dy, float* sums, int64_t begin, int64_t end) {
  with_float_type("bias_backward", dy.dtype(),
                  [&](auto type) { sum_columns<decltype(type)>(dy, sums, begin, end); });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(bias_sums);

void bias_backward(const ops::BiasBackward& args, Stream&) {
  const int64_t channels = args.dy.dim(1);
  std::vector<float> sums(static_cast<size_t>(channels), 0.0f);
  parallel_ranges(
      channels,
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(bias_sums)(args.dy, sums.data(), begin, end);
      },
      64);
  with_float_type("bias_backward", args.dbias.dtype(), [&](auto type) {
    auto* out = args.dbias.data<decltype(type)>();
    for (int64_t c = 0; c < channels; ++c) {
      const float before = args.accumulate ? static_cast<float>(out[c]) : 0.0f;
      out[c] = decltype(type)(before + sums[static_cast<size_t>(c)]);
    }
  });
}

}  // namespace fundi::cpu
#endif
