// What the block types of this folder are made of. Compiled once a target, see simd-inl.h.
//
// A block type T (one file each) shows 256 elements of a row, a chunk, as
//   x = scale u + offset,  or  x = scale (u - T::kCentre) where T::kHasOffset is false
// with unsigned bytes u and one scale and offset for T::kScaleGroup elements:
//   T::Block      the layout; a chunk is one superblock or eight blocks of 32
//   T::kSmall     u <= 127, so that pairs of products fit 16 bits
//   T::bytes<at>(chunk)                the u of elements [at, at + kVector)
//   T::scales(chunk, groups, scales)   scales and offsets of the first `groups` groups of 32; a
//                                      superblock always has eight
#if defined(FUNDI_BACKENDS_CPU_QUANT_BLOCK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_BLOCK_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_BLOCK_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_BLOCK_INL_H_
#endif

#include <cstring>

#include "backends/cpu/simd-inl.h"
#include "tensor/blocks.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Vectors of fixed size only, so that they may stand in arrays; 32 bytes where there are as many.
using Bytes = hn::CappedTag<uint8_t, 32>;
using SignedBytes = hn::RebindToSigned<Bytes>;
using Quads = hn::Repartition<int32_t, Bytes>;  // sums of four products of bytes
using QuadFloats = hn::Repartition<float, Bytes>;
constexpr int kVector = static_cast<int>(hn::MaxLanes(Bytes()));

struct BlockScales {
  alignas(64) float scale[16];
  alignas(64) float offset[16];
};

template <class T>
constexpr int blocks_of_chunk() {
  return T::kElements == kSuperBlock ? 1 : kSuperBlock / kBlock;
}

// out[i] = the half of block i, 8 of them, zero from `count` on. They are put together as integers,
// which leaves the vector units alone, and stored as one vector, as they will be loaded.
template <class Block, class D = hn::CappedTag<float, 8>>
HWY_INLINE void halves_of_blocks(const Block* blocks, int count, Float16 Block::*half, float* out) {
  uint64_t bits[2] = {0, 0};
  for (int i = 0; i < 8; ++i) {
    if (i < count) {
      bits[i / 4] |= static_cast<uint64_t>((blocks[i].*half).bits) << (16 * (i % 4));
    }
  }
  const hn::FixedTag<uint64_t, 2> d64;
  const hn::FixedTag<hwy::float16_t, 8> d16;
  const auto halves =
      hn::BitCast(d16, hn::InterleaveLower(hn::Set(d64, bits[0]), hn::Set(d64, bits[1])));
  const D d;
  if constexpr (hn::MaxLanes(d) == 8) {
    hn::StoreU(hn::PromoteTo(d, halves), d, out);
  } else {
    const hn::Half<decltype(d16)> half_d16;
    hn::StoreU(hn::PromoteTo(d, hn::LowerHalf(half_d16, halves)), d, out);
    hn::StoreU(hn::PromoteTo(d, hn::UpperHalf(half_d16, halves)), d, out + 4);
  }
}

// half_to_float by the instruction for it.
HWY_INLINE float to_float(Float16 half) {
  const hn::CappedTag<float, 1> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> d16;
  return hn::GetLane(
      hn::PromoteTo(d, hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(&half))));
}

// out[i] = factor * bytes[i], 8 of them.
template <typename Byte>
HWY_INLINE void scaled_bytes(const Byte* bytes, float factor, float* out) {
  const hn::CappedTag<float, 8> d;
  const hn::RebindToSigned<decltype(d)> d32;
  const hn::Rebind<Byte, decltype(d)> d8;
  for (size_t i = 0; i < 8; i += hn::Lanes(d)) {
    const auto numbers = hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, bytes + i)));
    hn::StoreU(hn::Mul(numbers, hn::Set(d, factor)), d, out + i);
  }
}

// Elements [at, at + kVector) of a group of 32 that is stored as 16 bytes, the low nibbles first.
template <int kAt>
HWY_INLINE Vec<Bytes> nibbles_of_group(const uint8_t* bytes) {
  const Bytes d;
  const auto mask = hn::Set(d, 0x0f);
  if constexpr (kVector == 16) {
    const auto pairs = hn::LoadU(d, bytes);
    return kAt == 0 ? hn::And(pairs, mask) : hn::ShiftRight<4>(pairs);
  } else {
    const hn::Repartition<uint64_t, Bytes> d64;
    alignas(32) constexpr uint64_t kShifts[4] = {0, 0, 4, 4};
    const auto pairs = hn::BitCast(d64, hn::LoadDup128(d, bytes));
    return hn::And(hn::BitCast(d, hn::Shr(pairs, hn::Load(d64, kShifts))), mask);
  }
}

// The low or the high nibbles of kVector bytes.
template <bool kHigh>
HWY_INLINE Vec<Bytes> nibbles(const uint8_t* bytes) {
  const Bytes d;
  const auto pairs = hn::LoadU(d, bytes);
  return kHigh ? hn::ShiftRight<4>(pairs) : hn::And(pairs, hn::Set(d, 0x0f));
}

// Bit kFrom of each byte, and those above it within `mask`, moved to bit kTo.
template <int kFrom, int kTo>
HWY_INLINE Vec<Bytes> move_bits(Vec<Bytes> v, uint8_t mask) {
  const auto bits = hn::Set(Bytes(), mask);
  if constexpr (kFrom == kTo) return hn::And(v, bits);
  if constexpr (kFrom < kTo) return hn::And(hn::ShiftLeft<kTo - kFrom>(v), bits);
  if constexpr (kFrom > kTo) return hn::And(hn::ShiftRight<kFrom - kTo>(v), bits);
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
