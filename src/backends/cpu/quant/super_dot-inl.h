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
// Q6_K: a chain adds at most four times 4 * 63 * 127 * 128 * 127, below 2^31. See row_dot.cc for
// what a method has.
template <class T, class Dot>
struct SuperDot {
  static constexpr float kOffsetFactor = 1.0f;

  struct BlockNumbers {
    SuperScales integers;
    alignas(32) float offset[T::kScales][kChunkGroups];
  };

  struct Scales {
    alignas(32) int32_t scale[T::kScales][kChunkGroups];  // in the form that Dot takes
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

  static HWY_INLINE Vec<QuadFloats> prepare(const BlockNumbers& block, const ActivationChunk& a,
                                            Scales& out, Vec<QuadFloats> offsets) {
    const QuadFloats d;
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
    Vec<Quads> sums[sizeof...(kRows)][kChains<sizeof...(kRows)>] = {};
    add_vectors<kRows...>(weight, a, scales, sums,
                          std::make_integer_sequence<int, kSuperBlock / kVector>());
    ((totals[kRows] =
          hn::MulAdd(total_of(sums[kRows]), hn::Set(d, scales[kRows].factor), totals[kRows])),
     ...);
  }

 private:
  // Additions take their time, so each row has several sums.
  template <int kRows>
  static constexpr int kChains = kRows == 1 || kVector == 16 ? 4 : 2;

  template <int kAt>
  static HWY_INLINE Vec<Quads> scale_at(const Scales& scales) {
    const Quads d;
    constexpr int kGroup = kAt / kBlock;
    if constexpr (T::kScales == 2 && kVector == 32) {
      return hn::ConcatLowerLower(d, hn::Set(d, scales.scale[1][kGroup]),
                                  hn::Set(d, scales.scale[0][kGroup]));
    }
    return hn::Set(d, scales.scale[T::kScales == 2 ? kAt % kBlock / 16 : 0][kGroup]);
  }

  template <int kAt, int kCount, int... kRows>
  static HWY_INLINE void add_vector(const typename T::Block* weight, const ActivationChunk* a,
                                    const Scales* scales,
                                    Vec<Quads> (&sums)[sizeof...(kRows)][kCount]) {
    constexpr int kChain = kAt / kVector % kCount;
    const auto u = T::template bytes<kAt>(weight);
    ((sums[kRows][kChain] =
          Dot::add_scaled(sums[kRows][kChain], u, a[kRows].q + kAt, scale_at<kAt>(scales[kRows]))),
     ...);
  }

  template <int... kRows, int kCount, int... kVectors>
  static HWY_INLINE void add_vectors(const typename T::Block* weight, const ActivationChunk* a,
                                     const Scales* scales,
                                     Vec<Quads> (&sums)[sizeof...(kRows)][kCount],
                                     std::integer_sequence<int, kVectors...>) {
    (add_vector<kVectors * kVector, kCount, kRows...>(weight, a, scales, sums), ...);
  }

  // The sum of all chains may not fit an integer.
  template <int kCount>
  static HWY_INLINE Vec<QuadFloats> total_of(const Vec<Quads> (&chains)[kCount]) {
    const QuadFloats d;
    const auto two = hn::Add(hn::ConvertTo(d, chains[0]), hn::ConvertTo(d, chains[1]));
    if constexpr (kCount == 2) return two;
    return hn::Add(
        two, hn::Add(hn::ConvertTo(d, chains[kCount - 2]), hn::ConvertTo(d, chains[kCount - 1])));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
