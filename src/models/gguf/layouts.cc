#include "models/gguf/layouts.h"

#include <cstring>

#include "base/error.h"

namespace fundi::models {
namespace {

// Row `to` of the result is row `from(to)` of the head, where a head has `rows` rows.
template <typename From>
Tensor move_rows(const Tensor& x, int64_t heads, From from) {
  if (heads < 1 || x.dim(0) % (2 * heads) != 0) {
    fail(ErrorCode::kCorruptData, "{} rows do not divide into {} heads of two halves", x.dim(0),
         heads);
  }
  const int64_t rows = x.dim(0) / heads;
  const size_t bytes = x.bytes() / static_cast<size_t>(x.dim(0));
  Tensor result(x.shape(), x.dtype());
  const auto* source = static_cast<const std::byte*>(x.raw());
  auto* target = static_cast<std::byte*>(result.raw());
  for (int64_t head = 0; head < heads; ++head) {
    for (int64_t row = 0; row < rows; ++row) {
      std::memcpy(target + static_cast<size_t>(head * rows + row) * bytes,
                  source + static_cast<size_t>(head * rows + from(row, rows)) * bytes, bytes);
    }
  }
  return result;
}

Tensor add_to_all(const Tensor& x, float value) {
  const Tensor result = x.to_f32();  // a copy, also of f32
  for (float& element : result.span<float>()) element += value;
  return result;
}

}  // namespace

Tensor interleave_rows(const Tensor& x, int64_t heads) {
  return move_rows(x, heads,
                   [](int64_t row, int64_t rows) { return row % 2 * (rows / 2) + row / 2; });
}

Tensor separate_rows(const Tensor& x, int64_t heads) {
  return move_rows(x, heads, [](int64_t row, int64_t rows) {
    return row < rows / 2 ? 2 * row : 2 * (row - rows / 2) + 1;
  });
}

Tensor plus_one(const Tensor& x) { return add_to_all(x, 1.0F); }
Tensor minus_one(const Tensor& x) { return add_to_all(x, -1.0F); }

Tensor key_part(const Tensor& kv_b, int64_t heads, int64_t key_size) {
  const Tensor x = kv_b.as(DType::kF32);
  const int64_t rank = x.dim(1), rows = x.dim(0) / heads;
  Tensor result({heads, rank, key_size}, DType::kF32);
  for (int64_t head = 0; head < heads; ++head) {
    const float* source = x.data<float>() + head * rows * rank;
    float* target = result.data<float>() + head * rank * key_size;
    for (int64_t r = 0; r < rank; ++r) {
      for (int64_t n = 0; n < key_size; ++n) target[r * key_size + n] = source[n * rank + r];
    }
  }
  return result.as(kv_b.dtype());
}

Tensor value_part(const Tensor& kv_b, int64_t heads, int64_t key_size) {
  const int64_t rank = kv_b.dim(1), rows = kv_b.dim(0) / heads;
  Tensor result({heads, rows - key_size, rank}, kv_b.dtype());
  for (int64_t head = 0; head < heads; ++head) {
    result.rows(head, 1)
        .reshape({rows - key_size, rank})
        .copy_from(kv_b.rows(head * rows + key_size, rows - key_size));
  }
  return result;
}

Tensor join_parts(const Tensor& k_b, const Tensor& v_b, DType dtype) {
  const Tensor keys = k_b.to_f32(), values = v_b.as(dtype);
  const int64_t heads = k_b.dim(0), rank = k_b.dim(1);
  const int64_t key_size = k_b.dim(2), value_size = v_b.dim(1);
  Tensor result({heads * (key_size + value_size), rank}, dtype);
  const Tensor head_keys({key_size, rank}, DType::kF32);
  for (int64_t head = 0; head < heads; ++head) {
    const float* source = keys.data<float>() + head * rank * key_size;
    for (int64_t n = 0; n < key_size; ++n) {
      for (int64_t r = 0; r < rank; ++r) {
        head_keys.data<float>()[n * rank + r] = source[r * key_size + n];
      }
    }
    const int64_t first = head * (key_size + value_size);
    result.rows(first, key_size).copy_from(head_keys.as(dtype));
    result.rows(first + key_size, value_size)
        .copy_from(values.rows(head, 1).reshape({value_size, rank}));
  }
  return result;
}

}  // namespace fundi::models
