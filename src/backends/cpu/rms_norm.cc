#include "ops/rms_norm.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/rms_norm.cc"
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
void forward_rows(const ops::RmsNormForward& args, int64_t begin, int64_t end) {
  const int64_t channels = args.x.dim(1);
  const T* weight = args.weight.data<T>();
  const float offset = args.offset;
  for (int64_t n = begin; n < end; ++n) {
    const T* x = args.x.data<T>() + n * channels;
    T* y = args.y.data<T>() + n * channels;
    const float squares = sum_of(channels, [x](auto d, int64_t i) HWY_ATTR {
      const auto v = load(d, x + i);
      return hn::Mul(v, v);
    });
    const float rstd = 1.0f / std::sqrt(squares / static_cast<float>(channels) + args.eps);
    args.rstd.data<float>()[n] = rstd;
    for_each_vector(channels, [=](auto d, int64_t i) HWY_ATTR {
      const auto gain = hn::Add(load(d, weight + i), hn::Set(d, offset));
      store(d, hn::Mul(hn::Mul(load(d, x + i), hn::Set(d, rstd)), gain), y + i);
    });
  }
}

// dx = rstd * (dy * w - x * rstd^2 * mean(dy * w * x)),  w = offset + weight
template <typename T>
void backward_rows(const ops::RmsNormBackward& args, int64_t begin, int64_t end) {
  const int64_t channels = args.x.dim(1);
  const T* weight = args.weight.data<T>();
  const float offset = args.offset;
  const bool accumulate = args.accumulate_dx;
  for (int64_t n = begin; n < end; ++n) {
    const T* x = args.x.data<T>() + n * channels;
    const T* dy = args.dy.data<T>() + n * channels;
    T* dx = args.dx.data<T>() + n * channels;
    const float rstd = args.rstd.data<float>()[n];
    const float dot = sum_of(channels, [=](auto d, int64_t i) HWY_ATTR {
      const auto gain = hn::Add(load(d, weight + i), hn::Set(d, offset));
      return hn::Mul(hn::Mul(load(d, dy + i), gain), load(d, x + i));
    });
    const float pull = dot * rstd * rstd * rstd / static_cast<float>(channels);
    for_each_vector(channels, [=](auto d, int64_t i) HWY_ATTR {
      const auto gain = hn::Add(load(d, weight + i), hn::Set(d, offset));
      auto g = hn::Mul(hn::Mul(load(d, dy + i), gain), hn::Set(d, rstd));
      g = hn::NegMulAdd(load(d, x + i), hn::Set(d, pull), g);
      if (accumulate) g = hn::Add(g, load(d, dx + i));
      store(d, g, dx + i);
    });
  }
}

// Columns [begin, end) of dweight over all rows, in row order.
template <typename T>
void weight_columns(const ops::RmsNormBackward& args, float* dweight, int64_t begin, int64_t end) {
  const int64_t channels = args.x.dim(1);
  for (int64_t n = 0; n < args.x.dim(0); ++n) {
    const T* x = args.x.data<T>() + n * channels + begin;
    const T* dy = args.dy.data<T>() + n * channels + begin;
    float* out = dweight + begin;
    const float rstd = args.rstd.data<float>()[n];
    for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
      const auto product = hn::Mul(load(d, dy + i), hn::Mul(load(d, x + i), hn::Set(d, rstd)));
      store(d, hn::Add(load(d, out + i), product), out + i);
    });
  }
}

void norm_forward(const ops::RmsNormForward& args, int64_t begin, int64_t end) {
  with_float_type("rms_norm_forward", args.x.dtype(),
                  [&](auto type) { forward_rows<decltype(type)>(args, begin, end); });
}
void norm_backward(const ops::RmsNormBackward& args, int64_t begin, int64_t end) {
  with_float_type("rms_norm_backward", args.x.dtype(),
                  [&](auto type) { backward_rows<decltype(type)>(args, begin, end); });
}
void norm_weight(const ops::RmsNormBackward& args, float* out, int64_t begin, int64_t end) {
  with_float_type("rms_norm_backward", args.x.dtype(),
                  [&](auto type) { weight_columns<decltype(type)>(args, out, begin, end); });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <vector>

namespace fundi::cpu {
HWY_EXPORT(norm_forward);
HWY_EXPORT(norm_backward);
HWY_EXPORT(norm_weight);

void rms_norm_forward(const ops::RmsNormForward& args, Stream&) {
  parallel_ranges(args.x.dim(0), [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(norm_forward)(args, begin, end);
  });
}

void rms_norm_backward(const ops::RmsNormBackward& args, Stream&) {
  if (args.dx.defined()) {
    parallel_ranges(args.x.dim(0), [&](int64_t begin, int64_t end, int) {
      HWY_DYNAMIC_DISPATCH(norm_backward)(args, begin, end);
    });
  }
  if (!args.dweight.defined()) return;
  const int64_t channels = args.x.dim(1);
  std::vector<float> sums(static_cast<size_t>(channels), 0.0f);
  // By columns, not by rows: the order of the sum does not depend on the thread count.
  parallel_ranges(
      channels,
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(norm_weight)(args, sums.data(), begin, end);
      },
      64);
  with_float_type("rms_norm_backward", args.dweight.dtype(), [&](auto type) {
    auto* dweight = args.dweight.data<decltype(type)>();
    for (int64_t c = 0; c < channels; ++c) {
      dweight[c] = decltype(type)(static_cast<float>(dweight[c]) + sums[static_cast<size_t>(c)]);
    }
  });
}

}  // namespace fundi::cpu
#endif
