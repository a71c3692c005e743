#if defined(FUNDI_BACKENDS_CPU_QUANT_Q4_1_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q4_1_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q4_1_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q4_1_INL_H_
#endif

#include "backends/cpu/quant/block-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

struct Q4_1 {
  using Block = BlockQ4_1;
  static constexpr int kElements = kBlock, kScales = 1, kCentre = 0;
  static constexpr bool kHasOffset = true, kSmall = true;

  template <int kAt>
  static HWY_INLINE Vec<Part> bytes(const Block* chunk) {
    return nibbles_of_group<kAt % kBlock>(chunk[kAt / kBlock].qs);
  }
  static HWY_INLINE void scales(const Block* chunk, int groups, BlockScales& out) {
    halves_of_blocks(chunk, groups, &Block::d, out.scale[0]);
    halves_of_blocks(chunk, groups, &Block::m, out.offset);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
