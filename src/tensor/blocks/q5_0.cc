// The quantiser gives the bits of ggml's reference: the extreme element becomes -16 exactly.
#include <algorithm>

#include "tensor/blocks/block_loop.h"
#include "tensor/blocks/codecs.h"
#include "tensor/blocks/fifth_bits.h"

namespace fundi::blocks {
namespace {

constexpr int kHalf = kBlock / 2;

void decode(const BlockQ5_0& block, float* __restrict x) {
  const float d = to_float(block.d);
  const auto high = spread_fifth_bits(block.qh);
  for (int j = 0; j < kHalf; ++j) {
    x[j] = static_cast<float>(((block.qs[j] & 15) | high[j]) - 16) * d;
    x[j + kHalf] = static_cast<float>((block.qs[j] >> 4 | high[j + kHalf]) - 16) * d;
  }
}

void encode(const float* x, BlockQ5_0& block) {
  const float d = extreme_of(x, kBlock) / -16.0F;
  const float inverse = inverse_or_zero(d);
  block.d = Float16(d);
  const auto quantise = [&](float value) {
    return static_cast<uint32_t>(std::min(31, static_cast<int>(value * inverse + 16.5F)));
  };
  uint32_t high = 0;
  for (int j = 0; j < kHalf; ++j) {
    const uint32_t low_q = quantise(x[j]), high_q = quantise(x[j + kHalf]);
    block.qs[j] = static_cast<uint8_t>((low_q & 15) | (high_q & 15) << 4);
    high |= low_q >> 4 << j | high_q >> 4 << (j + kHalf);
  }
  std::memcpy(block.qh, &high, sizeof(block.qh));
}

}  // namespace

const Codec kQ5_0Codec{DType::kQ5_0, decode_blocks<BlockQ5_0, kBlock, decode>,
                       encode_blocks<BlockQ5_0, kBlock, encode>};

}  // namespace fundi::blocks
