#include "ops/experts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/experts.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// y (+)= weight * x, one row.
template <typename T>
HWY_INLINE void write_row(const T* x, float weight, T* y, int64_t channels, bool accumulate) {
  for_each_vector(channels, [=](auto d, int64_t i) HWY_ATTR {
    auto v = hn::Mul(load(d, x + i), hn::Set(d, weight));
    if (accumulate) v = hn::Add(v, load(d, y + i));
    store(d, v, y + i);
  });
}

float weight_of(const Tensor& weights, int64_t i) {
  return weights.defined() ? weights.data<float>()[i] : 1.0f;
}

void gather_rows(const ops::GatherTokens& args, int64_t begin, int64_t end) {
  const int64_t channels = args.x.dim(1), chosen = args.slot_of.dim(1);
  with_float_type("gather_tokens", args.x.dtype(), [&](auto type) {
    using T = decltype(type);
    for (int64_t i = begin * chosen; i < end * chosen; ++i) {
      write_row(args.x.data<T>() + i / chosen * channels, weight_of(args.weights, i),
                args.y.data<T>() + args.slot_of.data<int32_t>()[i] * channels, channels,
                args.accumulate);
    }
  });
}

// Sums in f32, rounded once.
void combine_rows(const ops::CombineTokens& args, int64_t begin, int64_t end) {
  const int64_t channels = args.x.dim(1), chosen = args.slot_of.dim(1);
  with_float_type("combine_tokens", args.x.dtype(), [&](auto type) {
    using T = decltype(type);
    for (int64_t n = begin; n < end; ++n) {
      const int32_t* slots = args.slot_of.data<int32_t>() + n * chosen;
      const float* weights =
          args.weights.defined() ? args.weights.data<float>() + n * chosen : nullptr;
      const T* x = args.x.data<T>();
      T* y = args.y.data<T>() + n * channels;
      const bool accumulate = args.accumulate;
      for_each_vector(channels, [=](auto d, int64_t i) HWY_ATTR {
        auto sum = accumulate ? load(d, y + i) : hn::Zero(d);
        for (int64_t k = 0; k < chosen; ++k) {
          const auto v = load(d, x + slots[k] * channels + i);
          sum = weights ? hn::MulAdd(hn::Set(d, weights[k]), v, sum) : hn::Add(sum, v);
        }
        store(d, sum, y + i);
      });
    }
  });
}

void weight_gradient_rows(const ops::CombineWeightsBackward& args, int64_t begin, int64_t end) {
  const int64_t channels = args.x.dim(1), chosen = args.slot_of.dim(1);
  with_float_type("combine_weights_backward", args.x.dtype(), [&](auto type) {
    using T = decltype(type);
    for (int64_t i = begin * chosen; i < end * chosen; ++i) {
      const T* x = args.x.data<T>() + args.slot_of.data<int32_t>()[i] * channels;
      const T* dy = args.dy.data<T>() + i / chosen * channels;
      const float dot = sum_of(channels, [=](auto d, int64_t c) HWY_ATTR {
        return hn::Mul(load(d, x + c), load(d, dy + c));
      });
      float& out = args.dweights.data<float>()[i];
      out = args.accumulate ? out + dot : dot;
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(gather_rows);
HWY_EXPORT(combine_rows);
HWY_EXPORT(weight_gradient_rows);

void gather_tokens(const ops::GatherTokens& args, Stream&) {
  parallel_ranges(args.x.dim(0), [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(gather_rows)(args, begin, end);
  });
}

void combine_tokens(const ops::CombineTokens& args, Stream&) {
  parallel_ranges(args.y.dim(0), [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(combine_rows)(args, begin, end);
  });
}

void combine_weights_backward(const ops::CombineWeightsBackward& args, Stream&) {
  parallel_ranges(args.dy.dim(0), [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(weight_gradient_rows)(args, begin, end);
  });
}

}  // namespace fundi::cpu
#endif
