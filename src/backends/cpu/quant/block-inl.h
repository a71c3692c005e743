// What the block types of this folder are made of. Compiled once a target, see simd-inl.h.
//
// A block type T (one file each) shows 256 elements of a row, a chunk, as
//   x = scale u + offset,  or  x = scale (u - T::kCentre) where T::kHasOffset is false
// with unsigned bytes u, T::kScales scales (one or two) a group of 32 elements and one offset:
//   T::Block      the layout; a chunk is one superblock or eight blocks of 32
//   T::kSmall     u <= 127, so that pairs of products fit 16 bits
//   T::bytes<at>(chunk)                the u of elements [at, at + kPart)
//   T::pair<at>(chunk)                 of superblocks: those of two groups, [at, at + 64)
//   T::scales(chunk, groups, scales)   scales and offsets of the first `groups` groups of 32; a
//                                      superblock always has eight
//   T::integers(block, scales)         those of a superblock as integers
//   T::wide<v>(chunk), T::first_group(v), T::kGroupStep, T::four_scales(blocks, a)   of superblocks
//                                      too, see four_rows-inl.h
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

// Vectors of fixed size only, so that they may stand in arrays. A group is unpacked in one vector
// of 32 bytes or two of 16, and multiplied in these or, with 64 bytes, together with the next
// group.
using Part = hn::CappedTag<uint8_t, 32>;
using Bytes = hn::CappedTag<uint8_t, 64>;
constexpr int kPart = static_cast<int>(hn::MaxLanes(Part()));
constexpr int kVector = static_cast<int>(hn::MaxLanes(Bytes()));

using SignedBytes = hn::RebindToSigned<Bytes>;
using Quads = hn::Repartition<int32_t, Bytes>;  // sums of four products of bytes
using QuadFloats = hn::Repartition<float, Bytes>;
constexpr int kChunkGroups = kSuperBlock / kBlock;
using ChunkFloats = hn::CappedTag<float, kChunkGroups>;  // a number of each group

// Of each group of 32; scale[1] of the second halves where those have their own.
struct BlockScales {
  alignas(32) float scale[2][8];
  alignas(32) float offset[8];
};

// Of each group of a superblock, in integers: x = d scale u - dmin minimum, or
// x = d scale (u - T::kCentre).
struct SuperScales {
  alignas(16) int8_t scale[2][8];
  alignas(16) int8_t minimum[8];
  float d, dmin;
};

template <class T>
constexpr int blocks_of_chunk() {
  return T::kElements == kSuperBlock ? 1 : kSuperBlock / kBlock;
}

// out[i] = the half of block i, 8 of them, zero from `count` on: inserted into one vector, and
// stored as one, as they will be loaded.
template <class Block, class D = hn::CappedTag<float, 8>>
HWY_INLINE void halves_of_blocks(const Block* blocks, int count, Float16 Block::*half, float* out) {
  const hn::FixedTag<uint16_t, 8> d16;
  const hn::Repartition<hwy::float16_t, decltype(d16)> dh;
  auto bits = hn::Set(d16, (blocks[0].*half).bits);
  for (size_t i = 1; i < 8; ++i) {
    bits = hn::InsertLane(bits, i,
                          i < static_cast<size_t>(count) ? (blocks[i].*half).bits : uint16_t{0});
  }
  const D d;
  const auto halves = hn::BitCast(dh, bits);
  if constexpr (hn::MaxLanes(d) == 8) {
    hn::StoreU(hn::PromoteTo(d, halves), d, out);
  } else {
    const hn::Half<decltype(dh)> half_dh;
    hn::StoreU(hn::PromoteTo(d, hn::LowerHalf(half_dh, halves)), d, out);
    hn::StoreU(hn::PromoteTo(d, hn::UpperHalf(half_dh, halves)), d, out + 4);
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

// The scales of a superblock as numbers.
template <class T>
HWY_INLINE void scales_of_superblock(const typename T::Block& block, BlockScales& out) {
  SuperScales integers;
  T::integers(block, integers);
  for (int part = 0; part < T::kScales; ++part) {
    scaled_bytes(integers.scale[part], integers.d, out.scale[part]);
  }
  if constexpr (T::kHasOffset) scaled_bytes(integers.minimum, -integers.dmin, out.offset);
}

// Elements [kAt, kAt + kPart) of a group of 32 that is stored as 16 bytes, the low nibbles first.
template <int kAt>
HWY_INLINE Vec<Part> nibbles_of_group(const uint8_t* bytes) {
  const Part d;
  const auto mask = hn::Set(d, 0x0f);
  if constexpr (kPart == 16) {
    const auto pairs = hn::LoadU(d, bytes);
    return kAt == 0 ? hn::And(pairs, mask) : hn::ShiftRight<4>(pairs);
  } else {
    const hn::Repartition<uint64_t, Part> d64;
    alignas(32) constexpr uint64_t kShifts[4] = {0, 0, 4, 4};
    const auto pairs = hn::BitCast(d64, hn::LoadDup128(d, bytes));
    return hn::And(hn::BitCast(d, hn::Shr(pairs, hn::Load(d64, kShifts))), mask);
  }
}

// The low or the high nibbles of a vector of bytes.
template <bool kHigh, class D>
HWY_INLINE Vec<D> nibbles(D d, const uint8_t* bytes) {
  const auto pairs = hn::LoadU(d, bytes);
  return kHigh ? hn::ShiftRight<4>(pairs) : hn::And(pairs, hn::Set(d, 0x0f));
}

// Bit kFrom of each byte, and those above it within `mask`, moved to bit kTo.
template <int kFrom, int kTo>
HWY_INLINE Vec<Part> move_bits(Vec<Part> v, uint8_t mask) {
  const auto bits = hn::Set(Part(), mask);
  if constexpr (kFrom == kTo) return hn::And(v, bits);
  if constexpr (kFrom < kTo) return hn::And(hn::ShiftLeft<kTo - kFrom>(v), bits);
  if constexpr (kFrom > kTo) return hn::And(hn::ShiftRight<kFrom - kTo>(v), bits);
}

#if HWY_TARGET == HWY_AVX3
// 32 bytes twice, the bits of the first moved from kFirst to kTo and those of the second from
// kSecond: how the two groups of a pair are told apart that share their bytes. Both in one
// direction.
template <int kFirst, int kSecond, int kTo>
HWY_INLINE Vec<Bytes> move_bits_of_pair(const uint8_t* bytes, uint8_t mask) {
  const Bytes d;
  const hn::Repartition<uint64_t, Bytes> d64;
  constexpr bool kLeft = kFirst < kTo;
  static_assert(kLeft ? kSecond <= kTo : kSecond >= kTo);
  constexpr uint64_t kOne = kLeft ? kTo - kFirst : kFirst - kTo;
  constexpr uint64_t kOther = kLeft ? kTo - kSecond : kSecond - kTo;
  alignas(64) constexpr uint64_t kShifts[8] = {kOne,   kOne,   kOne,   kOne,
                                               kOther, kOther, kOther, kOther};
  const auto shifts = hn::Load(d64, kShifts);
  const hn::Vec512<uint64_t> twice{_mm512_broadcast_i64x4(hn::LoadU(Part(), bytes).raw)};
  const auto moved = kLeft ? hn::Shl(twice, shifts) : hn::Shr(twice, shifts);
  return hn::And(hn::BitCast(d, moved), hn::Set(d, mask));
}
#endif

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
