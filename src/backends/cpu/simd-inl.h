// Vector helpers of the CPU kernels, compiled once a target (see Highway's foreach_target.h).
#if defined(FUNDI_BACKENDS_CPU_SIMD_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_SIMD_INL_H_
#undef FUNDI_BACKENDS_CPU_SIMD_INL_H_
#else
#define FUNDI_BACKENDS_CPU_SIMD_INL_H_
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

#include "tensor/dtype.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using OneFloat = hn::CappedTag<float, 1>;
template <class D>
using Vec = hn::Vec<D>;

template <class D>
HWY_INLINE Vec<D> load(D d, const float* p) {
  return hn::LoadU(d, p);
}
template <class D>
HWY_INLINE Vec<D> load(D d, const BFloat16* p) {
  const hn::Rebind<uint16_t, D> d16;
  const hn::RebindToUnsigned<D> d32;
  const auto bits = hn::PromoteTo(d32, hn::LoadU(d16, reinterpret_cast<const uint16_t*>(p)));
  return hn::BitCast(d, hn::ShiftLeft<16>(bits));
}
template <class D>
HWY_INLINE Vec<D> load(D d, const Float16* p) {
  const hn::Rebind<hwy::float16_t, D> d16;
  return hn::PromoteTo(d, hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(p)));
}

template <class D>
HWY_INLINE void store(D d, Vec<D> v, float* p) {
  hn::StoreU(v, d, p);
}
// Rounds to nearest even as BFloat16(float) does; NaN stays NaN.
template <class D>
HWY_INLINE void store(D /*d*/, Vec<D> v, BFloat16* p) {
  const hn::Rebind<uint16_t, D> d16;
  const hn::RebindToUnsigned<D> d32;
  const auto bits = hn::BitCast(d32, v);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(d32, 1));
  const auto rounded = hn::Add(bits, hn::Add(odd, hn::Set(d32, 0x7fff)));
  const auto quiet = hn::Or(bits, hn::Set(d32, 0x400000));
  const auto is_nan = hn::RebindMask(d32, hn::IsNaN(v));
  const auto result = hn::ShiftRight<16>(hn::IfThenElse(is_nan, quiet, rounded));
  // The upper halves are zero now, so the signed saturation of DemoteTo's source range is not in
  // the way of TruncateTo.
  hn::StoreU(hn::TruncateTo(d16, result), d16, reinterpret_cast<uint16_t*>(p));
}

// fn(d, i) for whole vectors, then for single elements: i counts elements.
template <class Fn>
HWY_INLINE void for_each_vector(int64_t n, const Fn& fn) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) fn(d, i);
  for (; i < n; ++i) fn(OneFloat(), i);
}

// The sum over i of the vectors fn(d, i), with four accumulators; the order depends on n alone.
template <class Fn>
HWY_INLINE float sum_of(int64_t n, const Fn& fn) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  int64_t i = 0;
  for (; i + 4 * lanes <= n; i += 4 * lanes) {
    s0 = hn::Add(s0, fn(d, i));
    s1 = hn::Add(s1, fn(d, i + lanes));
    s2 = hn::Add(s2, fn(d, i + 2 * lanes));
    s3 = hn::Add(s3, fn(d, i + 3 * lanes));
  }
  for (; i + lanes <= n; i += lanes) s0 = hn::Add(s0, fn(d, i));
  float sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3))));
  for (; i < n; ++i) sum += hn::GetLane(fn(OneFloat(), i));
  return sum;
}

// The largest of n >= 1 elements.
HWY_INLINE float max_of(const float* x, int64_t n) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  float highest = x[0];
  int64_t i = 0;
  if (n >= lanes) {
    auto top = load(d, x);
    for (i = lanes; i + lanes <= n; i += lanes) top = hn::Max(top, load(d, x + i));
    highest = hn::GetLane(hn::MaxOfLanes(d, top));
  }
  for (; i < n; ++i) highest = std::max(highest, x[i]);
  return highest;
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
