#include "ops/glu.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/glu.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/sigmoid-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// An activation's value and slope at z.
template <class D>
struct Curve {
  Vec<D> value, slope;
};

// f(z) = z s, f'(z) = s + z s (1 - s) with s = sigmoid(z)
struct Silu {
  template <class D>
  HWY_INLINE Curve<D> operator()(D d, Vec<D> z) const {
    const auto s = sigmoid(d, z);
    const auto value = hn::Mul(z, s);
    return {value, hn::MulAdd(value, hn::Sub(hn::Set(d, 1.0f), s), s)};
  }
};

// (1 + tanh(u)) / 2 is sigmoid(2 u): f(z) = z s with s = sigmoid(2 u(z)), f'(z) = s + f(z) (1 - s)
// 2 u'(z).
struct GeluTanh {
  template <class D>
  HWY_INLINE Curve<D> operator()(D d, Vec<D> z) const {
    const auto twice_root = hn::Set(d, 1.5957691216057308f);  // 2 sqrt(2/pi)
    const auto cubic = hn::Set(d, 0.044715f), one = hn::Set(d, 1.0f);
    const auto square = hn::Mul(z, z);
    const auto s = sigmoid(d, hn::Mul(hn::Mul(twice_root, z), hn::MulAdd(cubic, square, one)));
    const auto value = hn::Mul(z, s);
    const auto inner = hn::MulAdd(hn::Mul(hn::Set(d, 3.0f), cubic), square, one);
    const auto slope = hn::MulAdd(hn::Mul(value, hn::Sub(one, s)), hn::Mul(twice_root, inner), s);
    return {value, slope};
  }
};

template <typename T, class F>
void forward_range(const ops::GluForward& args, const F& f, int64_t begin, int64_t end) {
  const T* gate = args.gate.data<T>() + begin;
  const T* up = args.up.data<T>() + begin;
  T* y = args.y.data<T>() + begin;
  for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
    store(d, hn::Mul(f(d, load(d, gate + i)).value, load(d, up + i)), y + i);
  });
}

template <typename T, class F>
void backward_range(const ops::GluBackward& args, const F& f, int64_t begin, int64_t end) {
  const T* gate = args.gate.data<T>() + begin;
  const T* up = args.up.data<T>() + begin;
  const T* dy = args.dy.data<T>() + begin;
  T* dgate = args.dgate.data<T>() + begin;
  T* dup = args.dup.data<T>() + begin;
  const bool add_gate = args.accumulate_dgate, add_up = args.accumulate_dup;
  for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
    const auto g = load(d, dy + i);
    const auto [value, slope] = f(d, load(d, gate + i));
    auto to_up = hn::Mul(g, value);
    auto to_gate = hn::Mul(hn::Mul(g, load(d, up + i)), slope);
    if (add_gate) to_gate = hn::Add(to_gate, load(d, dgate + i));
    if (add_up) to_up = hn::Add(to_up, load(d, dup + i));
    store(d, to_gate, dgate + i);
    store(d, to_up, dup + i);
  });
}

template <class Fn>
void with_activation(ops::Activation activation, const Fn& fn) {
  activation == ops::Activation::kSilu ? fn(Silu()) : fn(GeluTanh());
}

void glu_fwd(const ops::GluForward& args, int64_t begin, int64_t end) {
  with_float_type("glu_forward", args.gate.dtype(), [&](auto type) {
    with_activation(args.activation,
                    [&](auto f) { forward_range<decltype(type)>(args, f, begin, end); });
  });
}
void glu_bwd(const ops::GluBackward& args, int64_t begin, int64_t end) {
  with_float_type("glu_backward", args.gate.dtype(), [&](auto type) {
    with_activation(args.activation,
                    [&](auto f) { backward_range<decltype(type)>(args, f, begin, end); });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(glu_fwd);
HWY_EXPORT(glu_bwd);

// Ranges start at multiples of whole vectors, so that the bits do not depend on the thread count.
void glu_forward(const ops::GluForward& args, Stream&) {
  parallel_ranges(
      args.gate.elements(),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(glu_fwd)
        (args, begin, end);
      },
      4096);  // less than that is done before another thread has started
}

void glu_backward(const ops::GluBackward& args, Stream&) {
  parallel_ranges(
      args.gate.elements(),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(glu_bwd)
        (args, begin, end);
      },
      64);
}

}  // namespace fundi::cpu
#endif
