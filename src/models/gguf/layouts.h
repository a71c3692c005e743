#pragma once

#include "tensor/tensor.h"

namespace fundi::models {

// Rows of each of `heads` heads, first half and second half alternating, as the family of Llama
// stores queries and keys (of eight rows: 0, 4, 1, 5, 2, 6, 3, 7), and back. Bytes move, so that
// any element type does.   x: [heads * D, ...]
Tensor interleave_rows(const Tensor& x, int64_t heads);
Tensor separate_rows(const Tensor& x, int64_t heads);

// x + 1 and x - 1 in f32.
Tensor plus_one(const Tensor& x);
Tensor minus_one(const Tensor& x);

// kv_b_proj of latent attention, [heads * (N + V), R], is in GGUF files
//   k_b: [heads, R, N], each head transposed, and v_b: [heads, V, R]
// with N elements of a key and V of a value from R latent ones. All of `dtype`.
Tensor key_part(const Tensor& kv_b, int64_t heads, int64_t key_size);
Tensor value_part(const Tensor& kv_b, int64_t heads, int64_t key_size);
Tensor join_parts(const Tensor& k_b, const Tensor& v_b, DType dtype);

}  // namespace fundi::models
