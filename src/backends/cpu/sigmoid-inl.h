// Compiled once a target, see simd-inl.h.
#if defined(FUNDI_BACKENDS_CPU_SIGMOID_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_SIGMOID_INL_H_
#undef FUNDI_BACKENDS_CPU_SIGMOID_INL_H_
#else
#define FUNDI_BACKENDS_CPU_SIGMOID_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>

#include "backends/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// 1 / (1 + exp(-z)). Far beyond the largest float, hn::Exp is any number instead of infinity.
template <class D>
HWY_INLINE Vec<D> sigmoid(D d, Vec<D> z) {
  const auto one = hn::Set(d, 1.0f);
  return hn::Div(one, hn::Add(one, hn::Exp(d, hn::Min(hn::Neg(z), hn::Set(d, 88.0f)))));
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
