// The quantiser gives the bits of ggml's reference: the extreme element becomes -8 exactly.
#include <algorithm>

#include "tensor/blocks/block_loop.h"
#include "tensor/blocks/codecs.h"

namespace fundi::blocks {
namespace {

constexpr int kHalf = kBlock / 2;

void decode(const BlockQ4_0& block, float* __restrict x) {
  const float d = to_float(block.d);
  for (int j = 0; j < kHalf; ++j) {
    x[j] = static_cast<float>((block.qs[j] & 15) - 8) * d;
    x[j + kHalf] = static_cast<float>((block.qs[j] >> 4) - 8) * d;
  }
}

void encode(const float* x, BlockQ4_0& block) {
  const float d = extreme_of(x, kBlock) / -8.0F;
  const float inverse = inverse_or_zero(d);
  block.d = Float16(d);
  const auto quantise = [&](float value) {
    return std::min(15, static_cast<int>(value * inverse + 8.5F));
  };
  for (int j = 0; j < kHalf; ++j) {
    block.qs[j] = static_cast<uint8_t>(quantise(x[j]) | quantise(x[j + kHalf]) << 4);
  }
}

}  // namespace

const Codec kQ4_0Codec{DType::kQ4_0, decode_blocks<BlockQ4_0, kBlock, decode>,
                       encode_blocks<BlockQ4_0, kBlock, encode>};

}  // namespace fundi::blocks
