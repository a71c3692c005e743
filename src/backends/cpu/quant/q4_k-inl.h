#if defined(FUNDI_BACKENDS_CPU_QUANT_Q4_K_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_Q4_K_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_Q4_K_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_Q4_K_INL_H_
#endif

#include "backends/cpu/quant/block-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Eight 6-bit scales and eight 6-bit minima from 12 bytes: the low bits of the first four of each
// kind stand in a byte of their own with the high bits of the last four above them.
HWY_INLINE void sixes_of_superblock(const uint8_t* packed, uint8_t* scales, uint8_t* minima) {
  uint32_t a, b, c;
  std::memcpy(&a, packed, 4);
  std::memcpy(&b, packed + 4, 4);
  std::memcpy(&c, packed + 8, 4);
  const uint32_t words[4] = {a & 0x3f3f3f3fU, (c & 0x0f0f0f0fU) | ((a >> 2) & 0x30303030U),
                             b & 0x3f3f3f3fU, ((c >> 4) & 0x0f0f0f0fU) | ((b >> 2) & 0x30303030U)};
  std::memcpy(scales, words, 8);
  std::memcpy(minima, words + 2, 8);
}

// x = d scale q - dmin minimum.
template <class Block>
HWY_INLINE void scales_and_minima(const Block& block, BlockScales& out) {
  uint8_t scales[8], minima[8];
  sixes_of_superblock(block.scales, scales, minima);
  scaled_bytes(scales, to_float(block.d), out.scale);
  scaled_bytes(minima, -to_float(block.dmin), out.offset);
}

struct Q4_K {
  using Block = BlockQ4_K;
  static constexpr int kElements = kSuperBlock, kScaleGroup = kBlock, kCentre = 0;
  static constexpr bool kHasOffset = true, kSmall = true;

  // Two groups share 32 bytes: the low nibbles are the first.
  template <int kAt>
  static HWY_INLINE Vec<Bytes> bytes(const Block* chunk) {
    return nibbles<kAt / kBlock % 2 == 1>(chunk->qs + kAt / (2 * kBlock) * kBlock + kAt % kBlock);
  }
  static HWY_INLINE void scales(const Block* chunk, int /*groups*/, BlockScales& out) {
    scales_and_minima(*chunk, out);
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
