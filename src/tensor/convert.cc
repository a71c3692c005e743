#include <cstring>

#include "base/error.h"
#include "base/parallel.h"
#include "tensor/half.h"
#include "tensor/tensor.h"

namespace fundi {
namespace {

constexpr int64_t kGrain = int64_t{1} << 16;

// memcpy and not a typed pointer: a mapped file may hold elements at any offset.
template <typename T>
float load(const char* from) {
  if constexpr (std::is_same_v<T, float>) {
    float value;
    std::memcpy(&value, from, sizeof(value));
    return value;
  } else {
    uint16_t bits;
    std::memcpy(&bits, from, sizeof(bits));
    if constexpr (std::is_same_v<T, Float16>) return half_to_float(bits);
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
}

template <typename T>
void store(char* to, float value) {
  if constexpr (std::is_same_v<T, float>) {
    std::memcpy(to, &value, sizeof(value));
  } else {
    const uint16_t bits = std::is_same_v<T, Float16> ? float_to_half(value) : BFloat16(value).bits;
    std::memcpy(to, &bits, sizeof(bits));
  }
}

template <typename From, typename To>
void convert(const char* __restrict from, char* __restrict to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    store<To>(to + i * static_cast<int64_t>(sizeof(To)),
              load<From>(from + i * static_cast<int64_t>(sizeof(From))));
  }
}

using Kernel = void (*)(const char*, char*, int64_t);

template <typename From>
Kernel kernel_to(DType to) {
  switch (to) {
    case DType::kF32:
      return convert<From, float>;
    case DType::kBF16:
      return convert<From, BFloat16>;
    case DType::kF16:
      return convert<From, Float16>;
    default:
      return nullptr;
  }
}

Kernel kernel(DType from, DType to) {
  switch (from) {
    case DType::kF32:
      return kernel_to<float>(to);
    case DType::kBF16:
      return kernel_to<BFloat16>(to);
    case DType::kF16:
      return kernel_to<Float16>(to);
    default:
      return nullptr;
  }
}

}  // namespace

void convert_elements(const void* from, DType from_dtype, void* to, DType to_dtype, int64_t n) {
  const Kernel run = kernel(from_dtype, to_dtype);
  if (run == nullptr && from_dtype != to_dtype) {
    fail(ErrorCode::kInvalidArgument,
         "cannot convert elements from {} to {}: both must be f32, bf16 or f16", name(from_dtype),
         name(to_dtype));
  }
  const char* source = static_cast<const char*>(from);
  char* target = static_cast<char*>(to);
  const auto from_bytes = static_cast<int64_t>(byte_size(from_dtype, 1));
  const auto to_bytes = static_cast<int64_t>(byte_size(to_dtype, 1));
  parallel_ranges(
      n,
      [&](int64_t begin, int64_t end, int) {
        if (from_dtype == to_dtype) {
          std::memcpy(target + begin * to_bytes, source + begin * from_bytes,
                      static_cast<size_t>((end - begin) * from_bytes));
        } else {
          run(source + begin * from_bytes, target + begin * to_bytes, end - begin);
        }
      },
      kGrain);
}

}  // namespace fundi
