#if defined(FUNDI_BACKENDS_CPU_QUANT_Q6_K_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q6_K_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q6_K_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q6_K_INL_H_
#endif

#include <cstddef>

#include "backends/cpu/quant/four_scales-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

struct Q6_K {
  using Block = BlockQ6_K;
  static constexpr int kElements = kSuperBlock, kScales = 2, kCentre = 32;
  static constexpr bool kHasOffset = false, kSmall = true;

  // Within a half of 128 elements, group j has the low (j < 2) or high nibbles of 32 bytes of ql
  // and bits 2j and 2j + 1 of qh.
  template <int kAt>
  static HWY_INLINE Vec<Part> bytes(const Block* chunk) {
    constexpr int kHalf = kAt / 128, kGroup = kAt % 128 / kBlock, kIn = kAt % kBlock;
    const auto high = hn::LoadU(Part(), chunk->qh + kHalf * kBlock + kIn);
    return hn::Or(
        nibbles<(kGroup >= 2)>(Part(), chunk->ql + kHalf * 64 + kGroup % 2 * kBlock + kIn),
        move_bits<2 * kGroup, 4>(high, 0x30));
  }
#if HWY_TARGET == HWY_AVX3
  template <int kAt>
  static HWY_INLINE Vec<Bytes> pair(const Block* chunk) {
    constexpr int kHalf = kAt / 128, kGroup = kAt % 128 / kBlock;
    return hn::Or(
        nibbles<(kGroup >= 2)>(Bytes(), chunk->ql + kHalf * 64),
        move_bits_of_pair<2 * kGroup, 2 * kGroup + 2, 4>(chunk->qh + kHalf * kBlock, 0x30));
  }

  static constexpr int first_group(int v) { return 2 * v; }
  static constexpr int kGroupStep = 1;
  template <int kV>
  static HWY_INLINE Vec<Bytes> wide(const Block* chunk) {
    return pair<64 * kV>(chunk);
  }
  static HWY_INLINE FourScales four_scales(const Block* const (&blocks)[4],
                                           const ActivationChunk& a) {
    const __m512i zero = _mm512_setzero_si512(),
                  bytes = quarters_of(blocks, offsetof(Block, scales));
    const __m128i ratio = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a.ratio));
    const __m128i first = negative_sums(a.half_start[0]), second = negative_sums(a.half_start[1]);
    // Bytes in the upper halves of 16 bits, then extended; ratios once for each half of a group.
    const __m512i low =
        _mm512_mullo_epi16(_mm512_srai_epi16(_mm512_unpacklo_epi8(zero, bytes), 8),
                           _mm512_broadcast_i32x4(_mm_unpacklo_epi16(ratio, ratio)));
    const __m512i high =
        _mm512_mullo_epi16(_mm512_srai_epi16(_mm512_unpackhi_epi8(zero, bytes), 8),
                           _mm512_broadcast_i32x4(_mm_unpackhi_epi16(ratio, ratio)));
    const __m512i offset = _mm512_add_epi32(
        _mm512_madd_epi16(low, _mm512_broadcast_i32x4(_mm_unpacklo_epi16(first, second))),
        _mm512_madd_epi16(high, _mm512_broadcast_i32x4(_mm_unpackhi_epi16(first, second))));
    const __m128i halves = _mm_setr_epi16(static_cast<int16_t>(blocks[0]->d.bits),
                                          static_cast<int16_t>(blocks[1]->d.bits),
                                          static_cast<int16_t>(blocks[2]->d.bits),
                                          static_cast<int16_t>(blocks[3]->d.bits), 0, 0, 0, 0);
    const __m512i quarters = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    const __m512 factor =
        _mm512_mul_ps(_mm512_permutexvar_ps(quarters, _mm512_castps128_ps512(_mm_cvtph_ps(halves))),
                      _mm512_set1_ps(a.unit));
    return {.scale = {low, high},
            .offset = offset,
            .factor = factor,
            .offset_factor = _mm512_mul_ps(factor, _mm512_set1_ps(kCentre))};
  }
#endif
  static HWY_INLINE void integers(const Block& block, SuperScales& out) {
    const hn::FixedTag<int8_t, 16> d8;
    alignas(16) constexpr int8_t kHalves[16] = {0, 2, 4, 6, 8, 10, 12, 14,
                                                1, 3, 5, 7, 9, 11, 13, 15};
    hn::Store(hn::TableLookupBytes(hn::LoadU(d8, block.scales), hn::Load(d8, kHalves)), d8,
              out.scale[0]);
    out.d = to_float(block.d);
  }
  static HWY_INLINE void scales(const Block* chunk, int /*groups*/, BlockScales& out) {
    scales_of_superblock<Q6_K>(*chunk, out);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
