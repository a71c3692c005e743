// The plain float types.
#include <cstring>

#include "tensor/blocks/codecs.h"
#include "tensor/half.h"

namespace fundi::blocks {
namespace {

float widen(float value) { return value; }
float widen(BFloat16 value) { return value; }
float widen(Float16 value) { return half_to_float(value.bits); }
float widen(uint8_t f8) { return f8_e4m3_to_float(f8); }

template <typename T>
T narrow(float value) {
  if constexpr (std::is_same_v<T, Float16>) {
    Float16 half;
    half.bits = float_to_half(value);  // inline, so that the loop becomes vector code
    return half;
  } else {
    return T(value);
  }
}

template <typename T>
void decode(const char* __restrict from, float* __restrict x, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    T value;
    std::memcpy(&value, from + i * static_cast<int64_t>(sizeof(T)), sizeof(T));
    x[i] = widen(value);
  }
}

template <typename T>
void encode(const float* __restrict x, char* __restrict to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const T value = narrow<T>(x[i]);
    std::memcpy(to + i * static_cast<int64_t>(sizeof(T)), &value, sizeof(T));
  }
}

}  // namespace

const Codec kF32Codec{DType::kF32, decode<float>, encode<float>};
const Codec kBF16Codec{DType::kBF16, decode<BFloat16>, encode<BFloat16>};
const Codec kF16Codec{DType::kF16, decode<Float16>, encode<Float16>};
const Codec kF8E4M3Codec{DType::kF8E4M3, decode<uint8_t>, nullptr};

}  // namespace fundi::blocks
