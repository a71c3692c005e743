// Compiled once a target, see simd-inl.h.
#if defined(FUNDI_BACKENDS_CPU_QUANT_SIMPLE_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_SIMPLE_DOT_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_SIMPLE_DOT_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_SIMPLE_DOT_INL_H_
#endif

#include <utility>

#include "backends/cpu/quant/activations.h"
#include "backends/cpu/quant/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Lane i of each block of four: the sum of that block of the i-th argument.
HWY_INLINE Vec<Quads> block_sums(Vec<Quads> a, Vec<Quads> b, Vec<Quads> c, Vec<Quads> d) {
  const Quads d32;
  const hn::Repartition<int64_t, Quads> d64;
  const auto ab =
      hn::BitCast(d64, hn::Add(hn::InterleaveLower(d32, a, b), hn::InterleaveUpper(d32, a, b)));
  const auto cd =
      hn::BitCast(d64, hn::Add(hn::InterleaveLower(d32, c, d), hn::InterleaveUpper(d32, c, d)));
  return hn::Add(hn::BitCast(d32, hn::InterleaveLower(d64, ab, cd)),
                 hn::BitCast(d32, hn::InterleaveUpper(d64, ab, cd)));
}

// For types whose groups have f32 scales: the sums of groups are brought into lanes of their own,
// which then take their scales. See row_dot.cc for what a method has.
template <class T, class Dot>
struct SimpleDot {
  using BlockNumbers = BlockScales;
  static constexpr float kOffsetFactor = T::kHasOffset ? 1.0f : -static_cast<float>(T::kCentre);

  // Of a chunk of the weight times one of a row of activations.
  struct Scales {
    alignas(32) float scale[kChunkGroups];
  };

  static HWY_INLINE void load(const typename T::Block* weight, int groups, BlockScales& out) {
    T::scales(weight, groups, out);
  }

  static HWY_INLINE Vec<QuadFloats> prepare(const BlockScales& block, const ActivationChunk& a,
                                            Scales& out, Vec<QuadFloats> offsets) {
    const QuadFloats d;
    for (size_t i = 0; i < kChunkGroups; i += hn::Lanes(d)) {
      const auto scale = hn::Load(d, block.scale[0] + i);
      const auto offset = T::kHasOffset ? hn::Load(d, block.offset + i) : scale;
      hn::Store(hn::Mul(scale, hn::Load(d, a.scale + i)), d, out.scale + i);
      offsets = hn::MulAdd(offset, hn::Load(d, a.sum + i), offsets);
    }
    return offsets;
  }

  template <int... kRows>
  static HWY_INLINE void add(const typename T::Block* weight, int groups, const ActivationChunk* a,
                             const Scales* scales, Vec<QuadFloats> (&totals)[sizeof...(kRows)],
                             std::integer_sequence<int, kRows...>) {
    add_four<0, kRows...>(weight, groups, a, scales, totals);
    if (groups > 4) add_four<4, kRows...>(weight, groups, a, scales, totals);
  }

 private:
  static constexpr int kParts = kBlock / kVector;  // vectors of a group

  // Zeros beyond the last group.
  template <int kGroup>
  static HWY_INLINE void load_group(const typename T::Block* weight, int groups,
                                    Vec<Bytes> (&u)[kParts]) {
    const auto bytes = [&](auto at) HWY_ATTR {
      return kGroup < groups ? T::template bytes<at>(weight) : hn::Zero(Bytes());
    };
    u[0] = bytes(std::integral_constant<int, kGroup * kBlock>());
    if constexpr (kParts == 2) u[1] = bytes(std::integral_constant<int, kGroup * kBlock + 16>());
  }

  static HWY_INLINE Vec<Quads> dot(const Vec<Bytes> (&u)[kParts], const int8_t* a) {
    const auto sums = Dot::template dot<T::kSmall>(u[0], a);
    if constexpr (kParts == 1) return sums;
    return hn::Add(sums, Dot::template dot<T::kSmall>(u[kParts - 1], a + 16));
  }

  // Groups [kFirst, kFirst + 4).
  template <int kFirst, int... kRows>
  static HWY_INLINE void add_four(const typename T::Block* weight, int groups,
                                  const ActivationChunk* a, const Scales* scales,
                                  Vec<QuadFloats> (&totals)[sizeof...(kRows)]) {
    const QuadFloats d;
    Vec<Bytes> u[4][kParts];
    load_group<kFirst>(weight, groups, u[0]);
    load_group<kFirst + 1>(weight, groups, u[1]);
    load_group<kFirst + 2>(weight, groups, u[2]);
    load_group<kFirst + 3>(weight, groups, u[3]);
    const auto sums = [&](const int8_t* q) HWY_ATTR {
      q += kFirst * kBlock;
      return hn::ConvertTo(d, block_sums(dot(u[0], q), dot(u[1], q + kBlock),
                                         dot(u[2], q + 2 * kBlock), dot(u[3], q + 3 * kBlock)));
    };
    ((totals[kRows] = hn::MulAdd(sums(a[kRows].q), hn::LoadDup128(d, scales[kRows].scale + kFirst),
                                 totals[kRows])),
     ...);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
