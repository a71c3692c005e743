// One row of activations with four rows of a weight of superblocks, for processors with
// AVX512-VNNI: the scales of four superblocks are unpacked together, each in a quarter of a vector,
// and meet the same activations. Compiled once a target, see simd-inl.h.
#if defined(FUNDI_BACKENDS_CPU_QUANT_FOUR_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_FOUR_ROWS_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_FOUR_ROWS_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_FOUR_ROWS_INL_H_
#endif

#include <algorithm>
#include <array>

#include "backends/cpu/quant/four_scales-inl.h"
#include "backends/cpu/quant/prefetch-inl.h"
#include "backends/cpu/quant/row_dot.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_AVX3

// The groups of vector v of a superblock's u (T::wide) are T::first_group(v) and the one
// T::kGroupStep later. This picks their scales out of a quarter, a scale for four products, as
// vpdpwssd takes them: in the low half of each lane.
template <class T>
constexpr std::array<uint8_t, 64> scales_of_vector(int v) {
  std::array<uint8_t, 64> bytes{};
  for (int lane = 0; lane < 16; ++lane) {
    const int group = T::first_group(v) + (lane / 8) * T::kGroupStep;
    const int scale = (T::kScales == 2 ? 2 * group + lane / 4 % 2 : group) % 8;
    bytes[4 * lane] = static_cast<uint8_t>(2 * scale);
    bytes[4 * lane + 1] = static_cast<uint8_t>(2 * scale + 1);
    bytes[4 * lane + 2] = bytes[4 * lane + 3] = 0x80;  // zero
  }
  return bytes;
}

template <class T, int kV>
struct ScalesOfVector {
  alignas(64) static constexpr std::array<uint8_t, 64> kBytes = scales_of_vector<T>(kV);
};

template <int kRow>
HWY_INLINE __m512i quarter(__m512i v) {
  return _mm512_shuffle_i32x4(v, v, kRow * 0x55);
}

// sums + the products of u with q, times scale.
HWY_INLINE __m512i add_scaled_products(__m512i sums, __m512i u, __m512i q, __m512i scale) {
  __m512i fours = _mm512_setzero_si512();
  asm("vpdpbusd %2, %1, %0" : "+v"(fours) : "v"(u), "v"(q));
  asm("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(fours), "v"(scale));
  return sums;
}

template <class T, int kRow, int... kVs>
HWY_INLINE void add_row(const typename T::Block* weight, const __m512i (&q)[4],
                        const FourScales& scales, __m512& total,
                        std::integer_sequence<int, kVs...>) {
  __m512i sums = _mm512_setzero_si512();
  const __m512i of_row[2] = {quarter<kRow>(scales.scale[0]),
                             T::kScales == 2 ? quarter<kRow>(scales.scale[1]) : __m512i{}};
  ((sums = add_scaled_products(
        sums, T::template wide<kVs>(weight).raw, q[kVs],
        _mm512_shuffle_epi8(of_row[T::kScales == 2 ? kVs / 2 : 0],
                            _mm512_load_si512(ScalesOfVector<T, kVs>::kBytes.data())))),
   ...);
  const __m512 factor = _mm512_shuffle_f32x4(scales.factor, scales.factor, kRow * 0x55);
  total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums), factor, total);
}

template <class T, int... kVs>
HWY_INLINE void load_activations(const int8_t* q, __m512i (&out)[4],
                                 std::integer_sequence<int, kVs...>) {
  const auto half = [q](int group) {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(q + group * kBlock));
  };
  ((out[kVs] = _mm512_inserti64x4(_mm512_castsi256_si512(half(T::first_group(kVs))),
                                  half(T::first_group(kVs) + T::kGroupStep), 1)),
   ...);
}

// Rows [n, end), at most four: those that are missing repeat the last, so that a row's bits do not
// depend on the rows beside it. Chunks of a lie `leading` apart.
template <class T>
HWY_INLINE void dot_four_rows(const RowDotArgs& args, const ActivationChunk* a, int64_t n,
                              float* out) {
  constexpr std::make_integer_sequence<int, 4> kVectors;
  const int64_t chunks = args.k / kSuperBlock, count = std::min<int64_t>(4, args.end - n);
  const typename T::Block* rows[4];
  for (int64_t r = 0; r < 4; ++r) {
    rows[r] =
        static_cast<const typename T::Block*>(args.weight) + (n + std::min(r, count - 1)) * chunks;
  }
  __m512 totals[4] = {}, offsets = _mm512_setzero_ps();
  for (int64_t c = 0; c < chunks; ++c, a += args.rows) {
    __m512i q[4];
    load_activations<T>(a->q, q, kVectors);
    const FourScales scales = T::four_scales(rows, *a);
    add_row<T, 0>(rows[0], q, scales, totals[0], kVectors);
    add_row<T, 1>(rows[1], q, scales, totals[1], kVectors);
    add_row<T, 2>(rows[2], q, scales, totals[2], kVectors);
    add_row<T, 3>(rows[3], q, scales, totals[3], kVectors);
    offsets = _mm512_fmadd_ps(_mm512_cvtepi32_ps(scales.offset), scales.offset_factor, offsets);
    for (auto& row : rows) fetch_ahead<T>(row++);
  }
  alignas(64) float of_quarters[16];
  _mm512_store_ps(of_quarters, offsets);
  for (int64_t r = 0; r < count; ++r) {
    const float* offset = of_quarters + 4 * r;
    out[r] = _mm512_reduce_add_ps(totals[r]) + ((offset[0] + offset[1]) + (offset[2] + offset[3]));
  }
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
