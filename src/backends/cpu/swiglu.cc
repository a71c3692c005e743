#include "ops/swiglu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/swiglu.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

template <class D>
HWY_INLINE Vec<D> sigmoid(D d, Vec<D> z) {
  const auto one = hn::Set(d, 1.0f);
  return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Neg(z))));
}

template <typename T>
void forward_range(const ops::SwigluForward& args, int64_t begin, int64_t end) {
  const T* gate = args.gate.data<T>() + begin;
  const T* up = args.up.data<T>() + begin;
  T* y = args.y.data<T>() + begin;
  for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
    const auto z = load(d, gate + i);
    store(d, hn::Mul(hn::Mul(z, sigmoid(d, z)), load(d, up + i)), y + i);
  });
}

// silu'(z) = s + z s (1 - s) with s = sigmoid(z)
template <typename T>
void backward_range(const ops::SwigluBackward& args, int64_t begin, int64_t end) {
  const T* gate = args.gate.data<T>() + begin;
  const T* up = args.up.data<T>() + begin;
  const T* dy = args.dy.data<T>() + begin;
  T* dgate = args.dgate.data<T>() + begin;
  T* dup = args.dup.data<T>() + begin;
  const bool add_gate = args.accumulate_dgate, add_up = args.accumulate_dup;
  for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
    const auto z = load(d, gate + i), g = load(d, dy + i);
    const auto s = sigmoid(d, z);
    const auto silu = hn::Mul(z, s);
    const auto slope = hn::MulAdd(silu, hn::Sub(hn::Set(d, 1.0f), s), s);
    auto to_up = hn::Mul(g, silu);
    auto to_gate = hn::Mul(hn::Mul(g, load(d, up + i)), slope);
    if (add_gate) to_gate = hn::Add(to_gate, load(d, dgate + i));
    if (add_up) to_up = hn::Add(to_up, load(d, dup + i));
    store(d, to_gate, dgate + i);
    store(d, to_up, dup + i);
  });
}

void swiglu_fwd(const ops::SwigluForward& args, int64_t begin, int64_t end) {
  with_float_type("swiglu_forward", args.gate.dtype(),
                  [&](auto type) { forward_range<decltype(type)>(args, begin, end); });
}
void swiglu_bwd(const ops::SwigluBackward& args, int64_t begin, int64_t end) {
  with_float_type("swiglu_backward", args.gate.dtype(),
                  [&](auto type) { backward_range<decltype(type)>(args, begin, end); });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(swiglu_fwd);
HWY_EXPORT(swiglu_bwd);

// Ranges start at multiples of whole vectors, so that the bits do not depend on the thread count.
void swiglu_forward(const ops::SwigluForward& args, Stream&) {
  parallel_ranges(
      args.gate.elements(),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(swiglu_fwd)
        (args, begin, end);
      },
      4096);  // less than that is done before another thread has started
}

void swiglu_backward(const ops::SwigluBackward& args, Stream&) {
  parallel_ranges(
      args.gate.elements(),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(swiglu_bwd)
        (args, begin, end);
      },
      64);
}

}  // namespace fundi::cpu
#endif
