#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "tensor/blocks/all.h"
#include "tensor/tensor.h"

namespace fundi {
namespace {

constexpr int64_t kGrain = int64_t{1} << 16;
constexpr int64_t kTile = 2048;  // floats on the stack, in the first-level cache; whole blocks

using blocks::Codec;

bool aligned(const void* address) {
  return reinterpret_cast<uintptr_t>(address) % alignof(float) == 0;
}

void check_quantisable(const float* x, int64_t n, DType to) {
  const auto fits = [](float value) { return std::fabs(value) <= blocks::kMaxQuantisable; };
  bool all = true;
  for (int64_t i = 0; i < n; ++i) all &= fits(x[i]);
  if (all) return;
  fail(ErrorCode::kInvalidArgument,
       "cannot quantise {} to {}: elements must be finite and at most {} in magnitude",
       *std::find_if_not(x, x + n, fits), name(to), blocks::kMaxQuantisable);
}

// Whole blocks by way of f32, a tile at a time.
void convert_range(const Codec& from, const char* source, const Codec& to, char* target,
                   int64_t n) {
  float tile[kTile];
  for (int64_t begin = 0; begin < n; begin += kTile) {
    const int64_t count = std::min(kTile, n - begin);
    const char* in = source + byte_size(from.dtype, begin);
    char* out = target + byte_size(to.dtype, begin);
    if (to.dtype == DType::kF32 && aligned(out)) {
      from.decode(in, reinterpret_cast<float*>(out), count);
      continue;
    }
    const float* x = tile;
    if (from.dtype == DType::kF32 && aligned(in)) {
      x = reinterpret_cast<const float*>(in);
    } else {
      from.decode(in, tile, count);
    }
    if (is_block_quantised(to.dtype)) check_quantisable(x, count, to.dtype);
    to.encode(x, out, count);
  }
}

}  // namespace

void convert_elements(const void* from, DType from_dtype, void* to, DType to_dtype, int64_t n) {
  const char* source = static_cast<const char*>(from);
  char* target = static_cast<char*>(to);
  const int64_t block = std::max(info(from_dtype).block_elements, info(to_dtype).block_elements);
  if (n % block != 0) {
    fail(ErrorCode::kInvalidArgument, "cannot convert {} elements from {} to {}: blocks hold {}", n,
         name(from_dtype), name(to_dtype), block);
  }
  if (from_dtype == to_dtype) {
    parallel_ranges(
        n / block,
        [&](int64_t begin, int64_t end, int) {
          std::memcpy(target + byte_size(to_dtype, begin * block),
                      source + byte_size(from_dtype, begin * block),
                      byte_size(from_dtype, (end - begin) * block));
        },
        kGrain);
    return;
  }
  const Codec* decoder = blocks::codec_of(from_dtype);
  const Codec* encoder = blocks::codec_of(to_dtype);
  if (decoder == nullptr || encoder == nullptr || encoder->encode == nullptr) {
    fail(ErrorCode::kInvalidArgument, "cannot convert elements from {} to {}", name(from_dtype),
         name(to_dtype));
  }
  parallel_ranges(
      n,
      [&](int64_t begin, int64_t end, int) {
        convert_range(*decoder, source + byte_size(from_dtype, begin), *encoder,
                      target + byte_size(to_dtype, begin), end - begin);
      },
      kGrain);
}

}  // namespace fundi
