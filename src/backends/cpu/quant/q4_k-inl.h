#if defined(FUNDI_BACKENDS_CPU_QUANT_Q4_K_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q4_K_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q4_K_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q4_K_INL_H_
#endif

#include "backends/cpu/quant/four_scales-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

HWY_INLINE void unpack_sixes(const uint8_t* packed, int8_t* scales, int8_t* minima) {
  const hn::FixedTag<uint8_t, 16> d8;
  const auto sixes = hn::BitCast(hn::FixedTag<int8_t, 16>(),  // four bytes of what follows as well
                                 unpack_sixes(d8, hn::LoadU(d8, packed)));
  const hn::FixedTag<int8_t, 8> half;
  hn::Store(hn::LowerHalf(half, sixes), half, scales);
  hn::Store(hn::UpperHalf(half, sixes), half, minima);
}

template <class Block>
HWY_INLINE void integers_with_minima(const Block& block, SuperScales& out) {
  unpack_sixes(block.scales, out.scale[0], out.minimum);
  out.d = to_float(block.d);
  out.dmin = to_float(block.dmin);
}

struct Q4_K {
  using Block = BlockQ4_K;
  static constexpr int kElements = kSuperBlock, kScales = 1, kCentre = 0;
  static constexpr bool kHasOffset = true, kSmall = true;

  // Two groups share 32 bytes: the low nibbles are the first.
  template <int kAt>
  static HWY_INLINE Vec<Part> bytes(const Block* chunk) {
    return nibbles<kAt / kBlock % 2 == 1>(Part(),
                                          chunk->qs + kAt / (2 * kBlock) * kBlock + kAt % kBlock);
  }
#if HWY_TARGET == HWY_AVX3
  template <int kAt>
  static HWY_INLINE Vec<Bytes> pair(const Block* chunk) {
    return move_bits_of_pair<0, 4, 0>(chunk->qs + kAt / 2, 0x0f);
  }

  static constexpr int first_group(int v) { return v / 2 * 4 + v % 2; }
  static constexpr int kGroupStep = 2;
  template <int kV>
  static HWY_INLINE Vec<Bytes> wide(const Block* chunk) {
    return nibbles<kV % 2 == 1>(Bytes(), chunk->qs + kV / 2 * 64);
  }
  static HWY_INLINE FourScales four_scales(const Block* const (&blocks)[4],
                                           const ActivationChunk& a) {
    return four_scales_with_minima(blocks, a);
  }
#endif
  static HWY_INLINE void integers(const Block& block, SuperScales& out) {
    integers_with_minima(block, out);
  }
  static HWY_INLINE void scales(const Block* chunk, int /*groups*/, BlockScales& out) {
    scales_of_superblock<Q4_K>(*chunk, out);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
