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

// Stores scales of groups in the order of block_sums.
#if HWY_TARGET == HWY_AVX3
HWY_INLINE void store_scales(Vec<ChunkFloats> scales, float* out) {
  const QuadFloats d;
  alignas(64) constexpr int32_t kOrder[16] = {0, 2, 4, 6, 0, 2, 4, 6, 1, 3, 5, 7, 1, 3, 5, 7};
  const auto wide = hn::ZeroExtendVector(d, scales);
  hn::Store(hn::TableLookupLanes(wide, hn::SetTableIndices(d, kOrder)), d, out);
}
#else
HWY_INLINE void store_scales(Vec<ChunkFloats> scales, float* out) {
  hn::Store(scales, ChunkFloats(), out);
}
#endif

// For types whose groups have f32 scales: the sums of groups are brought into lanes of their own,
// which then take their scales. See row_dot.cc for what a method has.
template <class T, class Dot>
struct SimpleDot {
  using BlockNumbers = BlockScales;
  static constexpr float kOffsetFactor = T::kHasOffset ? 1.0f : -static_cast<float>(T::kCentre);

  // Of a chunk of the weight times one of a row of activations; in the order of block_sums.
  struct Scales {
    alignas(64) float scale[kVector == 64 ? 2 * kChunkGroups : kChunkGroups];
  };

  static HWY_INLINE void load(const typename T::Block* weight, int groups, BlockScales& out) {
    T::scales(weight, groups, out);
  }

  static HWY_INLINE Vec<ChunkFloats> prepare(const BlockScales& block, const ActivationChunk& a,
                                             Scales& out, Vec<ChunkFloats> offsets) {
    const ChunkFloats d;
    for (size_t i = 0; i < kChunkGroups; i += hn::Lanes(d)) {
      const auto scale = hn::Load(d, block.scale[0] + i);
      const auto offset = T::kHasOffset ? hn::Load(d, block.offset + i) : scale;
      const auto scaled = hn::Mul(scale, hn::Load(d, a.scale + i));
      store_scales(scaled, out.scale + i);
      offsets = hn::MulAdd(offset, hn::Load(d, a.sum + i), offsets);
    }
    return offsets;
  }

  template <int... kRows>
  static HWY_INLINE void add(const typename T::Block* weight, int groups, const ActivationChunk* a,
                             const Scales* scales, Vec<QuadFloats> (&totals)[sizeof...(kRows)],
                             std::integer_sequence<int, kRows...>) {
    add_four<0, kRows...>(weight, groups, a, scales, totals);
    if (kVector < 64 && groups > 4) add_four<4, kRows...>(weight, groups, a, scales, totals);
  }

 private:
  static constexpr int kVectors = kVector == 16 ? 2 : 1;  // of a group

  // Zeros beyond the last group.
  template <int kAt>
  static HWY_INLINE Vec<Part> part(const typename T::Block* weight, int groups) {
    return kAt / kBlock < groups ? T::template bytes<kAt>(weight) : hn::Zero(Part());
  }

  // A group, or with 64 bytes two.
  template <int kIndex>
  static HWY_INLINE void load_groups(const typename T::Block* weight, int groups,
                                     Vec<Bytes> (&u)[kVectors]) {
    if constexpr (kVector == 64) {
      u[0] = hn::Combine(Bytes(), part<(2 * kIndex + 1) * kBlock>(weight, groups),
                         part<2 * kIndex * kBlock>(weight, groups));
    } else {
      u[0] = part<kIndex * kBlock>(weight, groups);
      if constexpr (kVector == 16) u[1] = part<kIndex * kBlock + 16>(weight, groups);
    }
  }

  static HWY_INLINE Vec<Quads> dot(const Vec<Bytes> (&u)[kVectors], const int8_t* a) {
    const auto sums = Dot::template dot<T::kSmall>(u[0], a);
    if constexpr (kVectors == 1) return sums;
    return hn::Add(sums, Dot::template dot<T::kSmall>(u[kVectors - 1], a + kVector));
  }

  static HWY_INLINE Vec<QuadFloats> load_scales(const float* scale) {
    if constexpr (kVector == 64) return hn::Load(QuadFloats(), scale);
    return hn::LoadDup128(QuadFloats(), scale);
  }

  // Sums of the products of four times u with q on.
  static HWY_INLINE Vec<QuadFloats> products(const Vec<Bytes> (&u)[4][kVectors], const int8_t* q) {
    constexpr int kStep = std::max(kVector, kBlock);
    return hn::ConvertTo(QuadFloats(),
                         block_sums(dot(u[0], q), dot(u[1], q + kStep), dot(u[2], q + 2 * kStep),
                                    dot(u[3], q + 3 * kStep)));
  }

  // Four groups from kFirst on, or with 64 bytes four pairs of groups.
  template <int kFirst, int... kRows>
  static HWY_INLINE void add_four(const typename T::Block* weight, int groups,
                                  const ActivationChunk* a, const Scales* scales,
                                  Vec<QuadFloats> (&totals)[sizeof...(kRows)]) {
    Vec<Bytes> u[4][kVectors];
    load_groups<kFirst>(weight, groups, u[0]);
    load_groups<kFirst + 1>(weight, groups, u[1]);
    load_groups<kFirst + 2>(weight, groups, u[2]);
    load_groups<kFirst + 3>(weight, groups, u[3]);
    ((totals[kRows] = hn::MulAdd(products(u, a[kRows].q + kFirst * kBlock),
                                 load_scales(scales[kRows].scale + kFirst), totals[kRows])),
     ...);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
