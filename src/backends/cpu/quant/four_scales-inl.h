// The scales of four superblocks, unpacked together: see four_rows-inl.h. Compiled once a target,
// see simd-inl.h.
#if defined(FUNDI_BACKENDS_CPU_QUANT_FOUR_SCALES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_FOUR_SCALES_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_FOUR_SCALES_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_FOUR_SCALES_INL_H_
#endif

#include "backends/cpu/quant/activations.h"
#include "backends/cpu/quant/block-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Eight 6-bit scales and eight 6-bit minima from 12 bytes, s, of each 16: the first four of each
// kind stand in the low bits of s[0..4) and s[4..8), the last four in the low and high nibbles of
// s[8..12), with their high bits on top of the first four. The scales come first.
template <class D>
HWY_INLINE Vec<D> unpack_sixes(D d, Vec<D> packed) {
  const hn::Repartition<uint32_t, D> d32;
  constexpr uint8_t kNone = 0x80;  // becomes zero
  alignas(16) constexpr uint8_t kLow[16] = {0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11};
  alignas(16) constexpr uint8_t kHigh[16] = {kNone, kNone, kNone, kNone, 0, 1, 2, 3,
                                             kNone, kNone, kNone, kNone, 4, 5, 6, 7};
  alignas(16) constexpr uint32_t kShifts[4] = {0, 0, 0, 4};
  alignas(16) constexpr uint32_t kMasks[4] = {0x3f3f3f3f, 0x0f0f0f0f, 0x3f3f3f3f, 0x0f0f0f0f};
  const auto low = hn::BitCast(d32, hn::TableLookupBytes(packed, hn::LoadDup128(d, kLow)));
  const auto high = hn::BitCast(d32, hn::TableLookupBytes(packed, hn::LoadDup128(d, kHigh)));
  const auto joined =
      hn::Or(hn::And(hn::Shr(low, hn::LoadDup128(d32, kShifts)), hn::LoadDup128(d32, kMasks)),
             hn::And(hn::ShiftRight<2>(high), hn::Set(d32, 0x30303030)));
  return hn::BitCast(d, joined);
}

#if HWY_TARGET == HWY_AVX3

// Of four superblocks with one chunk of activations. Quarter r of each vector belongs to block r.
struct FourScales {
  __m512i scale[2];      // times the ratio, in 16 bits: scales 0 to 7, and 8 to 15 where there are
  __m512i offset;        // sums of what is added to the products, in 32 bits, to be added up
  __m512 factor;         // of the products
  __m512 offset_factor;  // of the offsets
};

// 16 bytes from `at` bytes into each block, a quarter each.
template <class Block>
HWY_INLINE __m512i quarters_of(const Block* const (&blocks)[4], size_t at) {
  const auto load = [&](int r) {
    return _mm_loadu_si128(
        reinterpret_cast<const __m128i*>(reinterpret_cast<const uint8_t*>(blocks[r]) + at));
  };
  const __m512i one = _mm512_castsi128_si512(load(0));
  const __m512i two = _mm512_inserti32x4(one, load(1), 1);
  return _mm512_inserti32x4(_mm512_inserti32x4(two, load(2), 2), load(3), 3);
}

// -sum of the q of each group (or of each half of a group), in 16 bits.
HWY_INLINE __m128i negative_sums(const int32_t* start) {
  const __m256i starts = _mm256_load_si256(reinterpret_cast<const __m256i*>(start));
  return _mm256_cvtepi32_epi16(_mm256_srai_epi32(starts, 7));
}

// Of Q4_K and Q5_K, whose first 16 bytes are d, dmin and the packed scales and minima.
template <class Block>
HWY_INLINE FourScales four_scales_with_minima(const Block* const (&blocks)[4],
                                              const ActivationChunk& a) {
  const hn::FixedTag<uint8_t, 64> d;
  const __m512i heads = quarters_of(blocks, 0);
  const __m512i sixes = unpack_sixes(d, hn::Vec512<uint8_t>{_mm512_bsrli_epi128(heads, 4)}).raw;
  const __m512i zero = _mm512_setzero_si512();
  const __m512i ratio =
      _mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a.ratio)));
  const __m512i minima = _mm512_mullo_epi16(_mm512_unpackhi_epi8(sixes, zero), ratio);
  const __m512i sums = _mm512_broadcast_i32x4(negative_sums(a.start));
  // Both halves stand in each lane of a quarter's.
  const __m512i halves = _mm512_shuffle_epi32(heads, _MM_PERM_AAAA);
  const __m512 unit = _mm512_set1_ps(a.unit);
  const auto half_times_unit = [unit](__m512i half) HWY_ATTR {
    return _mm512_mul_ps(_mm512_cvtph_ps(_mm512_cvtepi32_epi16(half)), unit);
  };
  return {.scale = {_mm512_mullo_epi16(_mm512_unpacklo_epi8(sixes, zero), ratio)},
          .offset = _mm512_madd_epi16(minima, sums),
          .factor = half_times_unit(halves),
          .offset_factor = half_times_unit(_mm512_srli_epi32(halves, 16))};
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
