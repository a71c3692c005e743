#include "tensor/blocks/block_loop.h"
#include "tensor/blocks/codecs.h"
#include "tensor/blocks/fifth_bits.h"

namespace fundi::blocks {
namespace {

constexpr int kHalf = kBlock / 2;

void decode(const BlockQ5_1& block, float* __restrict x) {
  const float d = to_float(block.d), m = to_float(block.m);
  const auto high = spread_fifth_bits(block.qh);
  for (int j = 0; j < kHalf; ++j) {
    x[j] = static_cast<float>((block.qs[j] & 15) | high[j]) * d + m;
    x[j + kHalf] = static_cast<float>(block.qs[j] >> 4 | high[j + kHalf]) * d + m;
  }
}

}  // namespace

const Codec kQ5_1Codec{DType::kQ5_1, decode_blocks<BlockQ5_1, kBlock, decode>, nullptr};

}  // namespace fundi::blocks
