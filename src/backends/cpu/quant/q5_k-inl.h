#if defined(FUNDI_BACKENDS_CPU_QUANT_Q5_K_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q5_K_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q5_K_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q5_K_INL_H_
#endif

#include "backends/cpu/quant/q4_k-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

struct Q5_K {
  using Block = BlockQ5_K;
  static constexpr int kElements = kSuperBlock, kScales = 1, kCentre = 0;
  static constexpr bool kHasOffset = true, kSmall = true;

  // Nibbles as in Q4_K; the fifth bits of group g are bit g of qh.
  template <int kAt>
  static HWY_INLINE Vec<Part> bytes(const Block* chunk) {
    const auto high = hn::LoadU(Part(), chunk->qh + kAt % kBlock);
    return hn::Or(nibbles<kAt / kBlock % 2 == 1>(
                      Part(), chunk->qs + kAt / (2 * kBlock) * kBlock + kAt % kBlock),
                  move_bits<kAt / kBlock, 4>(high, 0x10));
  }
#if HWY_TARGET == HWY_AVX3
  template <int kAt>
  static HWY_INLINE Vec<Bytes> pair(const Block* chunk) {
    constexpr int kGroup = kAt / kBlock;
    return hn::Or(move_bits_of_pair<0, 4, 0>(chunk->qs + kAt / 2, 0x0f),
                  move_bits_of_pair<kGroup, kGroup + 1, 4>(chunk->qh, 0x10));
  }

  static constexpr int first_group(int v) { return Q4_K::first_group(v); }
  static constexpr int kGroupStep = Q4_K::kGroupStep;
  template <int kV>
  static HWY_INLINE Vec<Bytes> wide(const Block* chunk) {
    constexpr int kGroup = first_group(kV);
    return hn::Or(nibbles<kV % 2 == 1>(Bytes(), chunk->qs + kV / 2 * 64),
                  move_bits_of_pair<kGroup, kGroup + kGroupStep, 4>(chunk->qh, 0x10));
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
    scales_of_superblock<Q5_K>(*chunk, out);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
