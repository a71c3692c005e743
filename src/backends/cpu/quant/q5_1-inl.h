#if defined(FUNDI_BACKENDS_CPU_QUANT_Q5_1_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q5_1_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q5_1_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q5_1_INL_H_
#endif

#include "backends/cpu/quant/q5_0-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

struct Q5_1 {
  using Block = BlockQ5_1;
  static constexpr int kElements = kBlock, kScales = 1, kCentre = 0;
  static constexpr bool kHasOffset = true, kSmall = true;

  template <int kAt>
  static HWY_INLINE Vec<Part> bytes(const Block* chunk) {
    const Block& block = chunk[kAt / kBlock];
    return fives_of_group<kAt % kBlock>(block.qs, block.qh);
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
