#if defined(FUNDI_BACKENDS_CPU_QUANT_Q5_0_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q5_0_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q5_0_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q5_0_INL_H_
#endif

#include "backends/cpu/quant/block-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Nibbles of a group with their fifth bits.
template <int kAt>
HWY_INLINE Vec<Part> fives_of_group(const uint8_t* nibbles_, const uint8_t* fifth_bits) {
  const Part d;
  const auto fifth = hn::LoadMaskBits(d, fifth_bits + kAt / 8);
  return hn::Or(nibbles_of_group<kAt>(nibbles_), hn::IfThenElseZero(fifth, hn::Set(d, 0x10)));
}

struct Q5_0 {
  using Block = BlockQ5_0;
  static constexpr int kElements = kBlock, kScales = 1, kCentre = 16;
  static constexpr bool kHasOffset = false, kSmall = true;

  template <int kAt>
  static HWY_INLINE Vec<Part> bytes(const Block* chunk) {
    const Block& block = chunk[kAt / kBlock];
    return fives_of_group<kAt % kBlock>(block.qs, block.qh);
  }
  static HWY_INLINE void scales(const Block* chunk, int groups, BlockScales& out) {
    halves_of_blocks(chunk, groups, &Block::d, out.scale[0]);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
