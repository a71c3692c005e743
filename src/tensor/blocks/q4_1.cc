#include "tensor/blocks/block_loop.h"
#include "tensor/blocks/codecs.h"

namespace fundi::blocks {
namespace {

constexpr int kHalf = kBlock / 2;

void decode(const BlockQ4_1& block, float* __restrict x) {
  const float d = to_float(block.d), m = to_float(block.m);
  for (int j = 0; j < kHalf; ++j) {
    x[j] = static_cast<float>(block.qs[j] & 15) * d + m;
    x[j + kHalf] = static_cast<float>(block.qs[j] >> 4) * d + m;
  }
}

}  // namespace

const Codec kQ4_1Codec{DType::kQ4_1, decode_blocks<BlockQ4_1, kBlock, decode>, nullptr};

}  // namespace fundi::blocks
