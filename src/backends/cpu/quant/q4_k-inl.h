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

// Eight 6-bit scales and eight 6-bit minima from 12 bytes, s: the first four of each kind stand in
// the low bits of s[0..4) and s[4..8), the last four in the low and high nibbles of s[8..12), with
// their high bits on top of the first four.
HWY_INLINE void unpack_sixes(const uint8_t* packed, int8_t* scales, int8_t* minima) {
  const hn::FixedTag<uint8_t, 16> d8;
  const hn::FixedTag<uint32_t, 4> d32;
  constexpr uint8_t kNone = 0x80;  // becomes zero
  alignas(16) constexpr uint8_t kLow[16] = {0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11};
  alignas(16) constexpr uint8_t kHigh[16] = {kNone, kNone, kNone, kNone, 0, 1, 2, 3,
                                             kNone, kNone, kNone, kNone, 4, 5, 6, 7};
  alignas(16) constexpr uint32_t kShifts[4] = {0, 0, 0, 4};
  alignas(16) constexpr uint32_t kMasks[4] = {0x3f3f3f3f, 0x0f0f0f0f, 0x3f3f3f3f, 0x0f0f0f0f};
  const auto bytes = hn::LoadU(d8, packed);  // and four bytes of what follows
  const auto low = hn::BitCast(d32, hn::TableLookupBytes(bytes, hn::Load(d8, kLow)));
  const auto high = hn::BitCast(d32, hn::TableLookupBytes(bytes, hn::Load(d8, kHigh)));
  const auto joined = hn::Or(hn::And(hn::Shr(low, hn::Load(d32, kShifts)), hn::Load(d32, kMasks)),
                             hn::And(hn::ShiftRight<2>(high), hn::Set(d32, 0x30303030)));
  const hn::FixedTag<int8_t, 16> di8;
  const hn::Half<decltype(di8)> half;
  hn::Store(hn::LowerHalf(half, hn::BitCast(di8, joined)), half, scales);
  hn::Store(hn::UpperHalf(half, hn::BitCast(di8, joined)), half, minima);
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
