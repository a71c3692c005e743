// Compiled once a target, see simd-inl.h.
#if defined(FUNDI_BACKENDS_CPU_QUANT_SUPER_DOT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_SUPER_DOT_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_SUPER_DOT_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_SUPER_DOT_INL_H_
#endif

#include <utility>

#include "backends/cpu/quant/activations.h"
#include "backends/cpu/quant/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// For superblocks: their scales are integers, and those of the activations are integers times a
// unit (ScaleForm::kRatio), so that a superblock is summed as integers. The largest sum is that of
// Q6_K: a lane adds at most four times 4 * 63 * 127 * 128 * 127, below 2^31. See row_dot.cc for
// what a method has.
template <class T, class Dot>
struct SuperDot {
  static constexpr float kOffsetFactor = 1.0f;

  struct BlockNumbers {
    SuperScales integers;
    alignas(32) float offset[T::kScales][kChunkGroups];
  };

  struct Scales {
    alignas(64) int32_t scale[2][kChunkGroups];  // in the form that Dot takes
    float factor;
  };

  static HWY_INLINE void load(const typename T::Block* weight, int /*groups*/, BlockNumbers& out) {
    T::integers(*weight, out.integers);
    if constexpr (T::kHasOffset) {
      scaled_bytes(out.integers.minimum, -out.integers.dmin, out.offset[0]);
    } else {
      for (int part = 0; part < T::kScales; ++part) {
        scaled_bytes(out.integers.scale[part], -out.integers.d * static_cast<float>(T::kCentre),
                     out.offset[part]);
      }
    }
  }

  static HWY_INLINE Vec<ChunkFloats> prepare(const BlockNumbers& block, const ActivationChunk& a,
                                             Scales& out, Vec<ChunkFloats> offsets) {
    const ChunkFloats d;
    out.factor = block.integers.d * a.unit;
    for (int part = 0; part < T::kScales; ++part) {
      const float* sum = T::kScales == 2 ? a.half_sum[part] : a.sum;
      multiply_scales<Dot>(block.integers.scale[part], a.ratio, out.scale[part]);
      for (size_t i = 0; i < kChunkGroups; i += hn::Lanes(d)) {
        offsets = hn::MulAdd(hn::Load(d, block.offset[part] + i), hn::Load(d, sum + i), offsets);
      }
    }
    return offsets;
  }

  template <int... kRows>
  static HWY_INLINE void add(const typename T::Block* weight, int /*groups*/,
                             const ActivationChunk* a, const Scales* scales,
                             Vec<QuadFloats> (&totals)[sizeof...(kRows)],
                             std::integer_sequence<int, kRows...>) {
    const QuadFloats d;
    Vec<Quads> sums[sizeof...(kRows)][kChains] = {};
    add_vectors<kRows...>(weight, a, scales, sums,
                          std::make_integer_sequence<int, kSuperBlock / kVector>());
    ((totals[kRows] =
          hn::MulAdd(total_of(sums[kRows]), hn::Set(d, scales[kRows].factor), totals[kRows])),
     ...);
  }

 private:
  // Sums of a row: as many as keep a lane in its range.
  static constexpr int kChains = 64 / kVector;

  template <int kAt>
  static HWY_INLINE Vec<Bytes> bytes(const typename T::Block* weight) {
    if constexpr (kVector == 64) {
      return T::template pair<kAt>(weight);
    } else {
      return T::template bytes<kAt>(weight);
    }
  }

  // The scales of elements [kAt, kAt + kVector).
  template <int kAt>
  static HWY_INLINE Vec<Quads> scales_at(const Scales& scales) {
    const Quads d;
    constexpr int kGroup = kAt / kBlock, kLast = T::kScales - 1;
    if constexpr (kVector == 64) {
      constexpr int32_t a = kGroup, b = a + kLast * kChunkGroups, c = a + 1, e = b + 1;
      alignas(64) constexpr int32_t kLanes[16] = {a, a, a, a, b, b, b, b, c, c, c, c, e, e, e, e};
      return hn::TableLookupLanes(hn::Load(d, scales.scale[0]), hn::SetTableIndices(d, kLanes));
    } else if constexpr (kVector == 32 && kLast == 1) {
      return hn::ConcatLowerLower(d, hn::Set(d, scales.scale[1][kGroup]),
                                  hn::Set(d, scales.scale[0][kGroup]));
    } else {
      return hn::Set(d, scales.scale[kLast == 1 ? kAt % kBlock / 16 : 0][kGroup]);
    }
  }

  template <int kAt, int... kRows>
  static HWY_INLINE void add_vector(const typename T::Block* weight, const ActivationChunk* a,
                                    const Scales* scales,
                                    Vec<Quads> (&sums)[sizeof...(kRows)][kChains]) {
    constexpr int kChain = kAt / kVector % kChains;
    const auto u = bytes<kAt>(weight);
    ((sums[kRows][kChain] =
          Dot::add_scaled(sums[kRows][kChain], u, a[kRows].q + kAt, scales_at<kAt>(scales[kRows]))),
     ...);
  }

  template <int... kRows, int... kVectors>
  static HWY_INLINE void add_vectors(const typename T::Block* weight, const ActivationChunk* a,
                                     const Scales* scales,
                                     Vec<Quads> (&sums)[sizeof...(kRows)][kChains],
                                     std::integer_sequence<int, kVectors...>) {
    (add_vector<kVectors * kVector, kRows...>(weight, a, scales, sums), ...);
  }

  static HWY_INLINE Vec<QuadFloats> total_of(const Vec<Quads> (&chains)[kChains]) {
    const QuadFloats d;
    auto total = hn::ConvertTo(d, chains[0]);
    for (int c = 1; c < kChains; ++c) total = hn::Add(total, hn::ConvertTo(d, chains[c]));
    return total;
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
