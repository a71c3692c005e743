#include "tensor/blocks/block_loop.h"
#include "tensor/blocks/codecs.h"
#include "tensor/blocks/group_scales.h"

namespace fundi::blocks {
namespace {

void decode(const BlockQ5_K& block, float* __restrict x) {
  const float d = to_float(block.d), dmin = to_float(block.dmin);
  const GroupScales scales = unpack_group_scales(block.scales);
  for (int g = 0; g < kGroups; ++g) {
    const float scale = d * scales.scale[g], min = dmin * scales.min[g];
    const uint8_t* qs = block.qs + g / 2 * kGroup;
    const int shift = g % 2 * 4;
    for (int l = 0; l < kGroup; ++l) {
      const int q = (qs[l] >> shift & 15) | (block.qh[l] >> g & 1) << 4;
      x[g * kGroup + l] = scale * static_cast<float>(q) - min;
    }
  }
}

}  // namespace

const Codec kQ5_KCodec{DType::kQ5_K, decode_blocks<BlockQ5_K, kSuperBlock, decode>, nullptr};

}  // namespace fundi::blocks
