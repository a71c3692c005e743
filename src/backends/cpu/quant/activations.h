#pragma once

#include <cstdint>

#include "tensor/blocks.h"
#include "tensor/tensor.h"

namespace fundi::cpu {

// How the scales of a row's groups are chosen.
enum class ScaleForm {
  kExact,  // max |x| / 127
  kRatio,  // the multiple of `unit` next above that, at most 127 of them in a superblock: for
           // products with superblocks, which have integer scales too
};
inline ScaleForm scale_form(DType weight) {
  return info(weight).block_elements == kSuperBlock ? ScaleForm::kRatio : ScaleForm::kExact;
}

// 256 elements of a row of activations in the form that products with block-quantised weights take:
// eight groups of 32 with x ~ scale q, |q| <= 127, rounded to nearest. What follows from q alone is
// kept with it, because every row of the weight would compute it anew.
struct alignas(64) ActivationChunk {
  int8_t q[kSuperBlock];
  float scale[8];
  float sum[8];          // scale * sum of the group's q
  float half_sum[2][8];  // the same of its first and its second half
  int32_t start[8];      // -128 * sum of the group's q
  int32_t half_start[2][8];
  float unit;        // kRatio: scale = unit * ratio
  int16_t ratio[8];  // 1 to 127, or 0
};
static_assert(sizeof(ActivationChunk) == 512);

// Chunks of one row of k elements; the last may be part empty (zeros).
inline int64_t chunks_of_row(int64_t k) { return (k + kSuperBlock - 1) / kSuperBlock; }

// Quantises a ([M,K] f32|bf16, K a multiple of 32) into `out`, M * chunks_of_row(K) chunks. Rows
// are grouped into tiles of `tile` rows (the last may have fewer), tile after tile; within a tile
// of n rows, chunk c of row r is number c * n + r: a product walks through a tile in one stream. A
// row with a NaN gives NaN in every product.
void quantise_rows(const Tensor& a, ScaleForm form, int64_t tile, ActivationChunk* out);

}  // namespace fundi::cpu
