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
  static constexpr int kElements = kSuperBlock, kScaleGroup = 16, kCentre = 32;
  static constexpr bool kHasOffset = false, kSmall = true;

  // Within a half of 128 elements, group j has the low (j < 2) or high nibbles of 32 bytes of ql
  // and bits 2j and 2j + 1 of qh.
  template <int kAt>
  static HWY_INLINE Vec<Bytes> bytes(const Block* chunk) {
    constexpr int kHalf = kAt / 128, kGroup = kAt % 128 / kBlock, kIn = kAt % kBlock;
    const auto high = hn::LoadU(Bytes(), chunk->qh + kHalf * kBlock + kIn);
    return hn::Or(nibbles<(kGroup >= 2)>(chunk->ql + kHalf * 64 + kGroup % 2 * kBlock + kIn),
                  move_bits<2 * kGroup, 4>(high, 0x30));
  }
  static HWY_INLINE void scales(const Block* chunk, int /*groups*/, BlockScales& out) {
    const float d = to_float(chunk->d);
    scaled_bytes(chunk->scales, d, out.scale);
    scaled_bytes(chunk->scales + 8, d, out.scale + 8);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
