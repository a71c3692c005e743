// The quantiser gives the bits of ggml's reference: quotients by the scale before it is rounded to
// f16, halves away from zero.
#include <algorithm>

#include "tensor/blocks/block_loop.h"
#include "tensor/blocks/codecs.h"

namespace fundi::blocks {
namespace {

void decode(const BlockQ8_0& block, float* __restrict x) {
  const float d = to_float(block.d);
  for (int j = 0; j < kBlock; ++j) x[j] = static_cast<float>(block.qs[j]) * d;
}

// std::round without the call, which would keep the loop scalar.
int round_half_away(float value) {
  const int whole = static_cast<int>(value);
  const float rest = value - static_cast<float>(whole);
  return whole + static_cast<int>(rest >= 0.5F) - static_cast<int>(rest <= -0.5F);
}

void encode(const float* x, BlockQ8_0& block) {
  float largest = 0;
  for (int j = 0; j < kBlock; ++j) largest = std::max(largest, std::fabs(x[j]));
  const float d = largest / 127.0F;
  const float inverse = inverse_or_zero(d);
  block.d = Float16(d);
  for (int j = 0; j < kBlock; ++j) {
    block.qs[j] = static_cast<int8_t>(round_half_away(x[j] * inverse));
  }
}

}  // namespace

const Codec kQ8_0Codec{DType::kQ8_0, decode_blocks<BlockQ8_0, kBlock, decode>,
                       encode_blocks<BlockQ8_0, kBlock, encode>};

}  // namespace fundi::blocks
