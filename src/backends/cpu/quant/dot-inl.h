// Products of unsigned with signed bytes, summed: the arithmetic of block-quantised products.
// Compiled once a target, see simd-inl.h. Highway 1.0 has no such operation.
#if defined(FUNDI_BACKENDS_CPU_QUANT_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_DOT_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_DOT_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_DOT_INL_H_
#endif

#include "backends/cpu/quant/block-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// A Dot has
//   dot<kSmall>(u, s)           the sums of the products of kVector bytes u with those at s, four a
//                               lane; with kSmall every u is at most 127. The 16 bytes of a block
//                               of 128 bits stay in its four lanes; which of them share a lane is
//                               free.
//   add_scaled(sum, u, s, scale)   sum + scale * dot<true>(u, s), every sum of four within 16 bits
//   spread(d32, scales)            16-bit scales as the lanes that add_scaled takes

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
using Pairs = hn::Repartition<int16_t, Bytes>;

// Sums of two products; each fits 16 bits if every u is at most 128.
HWY_INLINE Vec<Pairs> pairs_of_products(Vec<Bytes> u, Vec<SignedBytes> s) {
#if HWY_TARGET == HWY_AVX2
  return Vec<Pairs>{_mm256_maddubs_epi16(u.raw, s.raw)};
#else
  return Vec<Pairs>{_mm512_maddubs_epi16(u.raw, s.raw)};
#endif
}

HWY_INLINE Vec<Quads> pairs_of_products(Vec<Pairs> a, Vec<Pairs> b) {
#if HWY_TARGET == HWY_AVX2
  return Vec<Quads>{_mm256_madd_epi16(a.raw, b.raw)};
#else
  return Vec<Quads>{_mm512_madd_epi16(a.raw, b.raw)};
#endif
}

struct WideningDot {
  template <bool kSmall>
  static HWY_INLINE Vec<Quads> dot(Vec<Bytes> u, const int8_t* s) {
    if constexpr (kSmall) {
      return pairs_of_products(pairs_of_products(u, hn::LoadU(SignedBytes(), s)),
                               hn::Set(Pairs(), 1));
    }
    const auto low = dot<true>(hn::And(u, hn::Set(Bytes(), 0x0f)), s);
    return hn::Add(low, hn::ShiftLeft<4>(dot<true>(hn::ShiftRight<4>(u), s)));
  }

  // The scale stands in both halves of a lane.
  static HWY_INLINE Vec<Quads> add_scaled(Vec<Quads> sum, Vec<Bytes> u, const int8_t* s,
                                          Vec<Quads> scale) {
    const auto pairs = pairs_of_products(u, hn::LoadU(SignedBytes(), s));
    return hn::Add(sum, pairs_of_products(pairs, hn::BitCast(Pairs(), scale)));
  }
  template <class D32, class V16>
  static HWY_INLINE Vec<D32> spread(D32 d, V16 scales) {
    const hn::RebindToUnsigned<D32> du;
    const hn::Rebind<uint16_t, D32> d16;
    const auto low = hn::PromoteTo(du, hn::BitCast(d16, scales));
    return hn::BitCast(d, hn::Or(low, hn::ShiftLeft<16>(low)));
  }
};

#else

struct WideningDot {
  template <bool kSmall>
  static HWY_INLINE Vec<Quads> dot(Vec<Bytes> u, const int8_t* at) {
    const auto s = hn::LoadU(SignedBytes(), at);
    const hn::Half<Bytes> half_u;
    const hn::Half<SignedBytes> half_s;
    const hn::Repartition<int16_t, Bytes> d16;
    auto upper = hn::Zero(Quads());
    auto lower = hn::ReorderWidenMulAccumulate(
        Quads(), hn::PromoteTo(d16, hn::LowerHalf(half_u, u)),
        hn::PromoteTo(d16, hn::LowerHalf(half_s, s)), hn::Zero(Quads()), upper);
    lower =
        hn::ReorderWidenMulAccumulate(Quads(), hn::PromoteTo(d16, hn::UpperHalf(half_u, u)),
                                      hn::PromoteTo(d16, hn::UpperHalf(half_s, s)), lower, upper);
    return hn::Add(lower, upper);
  }

  static HWY_INLINE Vec<Quads> add_scaled(Vec<Quads> sum, Vec<Bytes> u, const int8_t* s,
                                          Vec<Quads> scale) {
    return hn::Add(sum, hn::Mul(scale, dot<true>(u, s)));
  }
  template <class D32, class V16>
  static HWY_INLINE Vec<D32> spread(D32 d, V16 scales) {
    return hn::PromoteTo(d, scales);
  }
};

#endif

#if HWY_TARGET == HWY_AVX3
// For processors with AVX512-VNNI, which this target by itself does not ask for: in assembler,
// because a function cannot be inlined where fewer instructions are allowed.
struct VnniDot {
  template <bool kSmall>
  static HWY_INLINE Vec<Quads> dot(Vec<Bytes> u, const int8_t* s) {
    struct Operand {
      int8_t bytes[kVector];
    };
    auto sums = hn::Zero(Quads());
    asm("vpdpbusd %2, %1, %0"
        : "+v"(sums.raw)
        : "v"(u.raw), "m"(*reinterpret_cast<const Operand*>(s)));
    return sums;
  }

  // The low halves of lanes times the low halves of scales, whose upper halves are zero.
  static HWY_INLINE Vec<Quads> add_scaled(Vec<Quads> sum, Vec<Bytes> u, const int8_t* s,
                                          Vec<Quads> scale) {
    const auto fours = dot<true>(u, s);
    asm("vpdpwssd %2, %1, %0" : "+v"(sum.raw) : "v"(fours.raw), "v"(scale.raw));
    return sum;
  }
  template <class D32, class V16>
  static HWY_INLINE Vec<D32> spread(D32 d, V16 scales) {
    const hn::RebindToUnsigned<D32> du;
    const hn::Rebind<uint16_t, D32> d16;
    return hn::BitCast(d, hn::PromoteTo(du, hn::BitCast(d16, scales)));
  }
};

// sums[i] += the products of bytes 4i ... 4i + 3 of u with the four bytes at s.
HWY_INLINE void add_quad_products(Vec<hn::FixedTag<int32_t, 16>>& sums,
                                  Vec<hn::FixedTag<uint8_t, 64>> u, const int8_t* s) {
  struct Quad {
    int8_t bytes[4];
  };
  asm("vpdpbusd %2%{1to16%}, %1, %0"
      : "+v"(sums.raw)
      : "v"(u.raw), "m"(*reinterpret_cast<const Quad*>(s)));
}
#endif

// Eight scales times eight ratios, spread.
template <class Dot>
HWY_INLINE void multiply_scales(const int8_t* scales, const int16_t* ratios, int32_t* out) {
  const hn::CappedTag<int32_t, 8> d;
  const hn::Rebind<int16_t, decltype(d)> d16;
  const hn::Rebind<int8_t, decltype(d)> d8;
  for (size_t i = 0; i < kChunkGroups; i += hn::Lanes(d)) {
    const auto scale = hn::PromoteTo(d16, hn::LoadU(d8, scales + i));
    hn::Store(Dot::spread(d, hn::Mul(scale, hn::LoadU(d16, ratios + i))), d, out + i);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
