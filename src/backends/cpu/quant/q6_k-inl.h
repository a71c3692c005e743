#if defined(FUNDI_BACKENDS_CPU_QUANT_Q6_K_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q6_K_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q6_K_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q6_K_INL_H_
#endif

#include "backends/cpu/quant/block-inl.h"

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
