#if defined(FUNDI_BACKENDS_CPU_QUANT_Q8_0_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q8_0_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q8_0_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q8_0_INL_H_
#endif

#include "backends/cpu/quant/block-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

struct Q8_0 {
  using Block = BlockQ8_0;
  static constexpr int kElements = kBlock, kScales = 1, kCentre = 128;
  static constexpr bool kHasOffset = false, kSmall = false;

  template <int kAt>
  static HWY_INLINE Vec<Part> bytes(const Block* chunk) {
    const auto* q = reinterpret_cast<const uint8_t*>(chunk[kAt / kBlock].qs);
    return hn::Xor(hn::LoadU(Part(), q + kAt % kBlock), hn::Set(Part(), 0x80));
  }
  static HWY_INLINE void scales(const Block* chunk, int groups, BlockScales& out) {
    halves_of_blocks(chunk, groups, &Block::d, out.scale[0]);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
