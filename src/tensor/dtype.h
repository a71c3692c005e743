#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fundi {

// Element types. Block-quantised types store `block_elements` elements in `block_bytes` bytes; for
// the plain ones block_elements is 1.
// Those below kBool are as GGUF names and stores them; tensor/blocks.h has their layouts.
enum class DType : uint8_t {
  kF32,
  kBF16,
  kF16,
  kF8E4M3,  // 8-bit float with 4 exponent bits, no infinity (Micikevicius et al. 2022,
            // arXiv:2209.05433)
  kI64,
  kI32,
  kI16,
  kI8,
  kU8,
  kBool,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ8_0,
  kQ4_K,
  kQ5_K,
  kQ6_K,
};

struct DTypeInfo {
  std::string_view name;         // ours: "bf16"
  std::string_view safetensors;  // theirs: "BF16"; empty where it has none
  int block_elements;
  int block_bytes;
};
const DTypeInfo& info(DType dtype);
inline std::string_view name(DType dtype) { return info(dtype).name; }
inline bool is_block_quantised(DType dtype) { return info(dtype).block_elements > 1; }
std::optional<DType> dtype_from_name(std::string_view name);  // "bf16", "bfloat16"
std::optional<DType> dtype_from_safetensors(std::string_view name);
// Bytes of `elements` elements; elements must fill whole blocks.
size_t byte_size(DType dtype, int64_t elements);

// Storage types. Arithmetic happens in float.
struct BFloat16 {
  uint16_t bits;
  BFloat16() = default;
  explicit BFloat16(float value) {  // round to nearest even; NaN stays NaN
    const uint32_t u = std::bit_cast<uint32_t>(value);
    bits = (u & 0x7fffffffU) > 0x7f800000U
               ? static_cast<uint16_t>((u >> 16) | 0x40U)
               : static_cast<uint16_t>((u + 0x7fffU + ((u >> 16) & 1U)) >> 16);
  }
  operator float() const {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }  // NOLINT
};
struct Float16 {
  uint16_t bits;
  Float16() = default;
  explicit Float16(float value);
  operator float() const;  // NOLINT(google-explicit-constructor)
};

template <typename T>
constexpr DType dtype_of();
template <>
constexpr DType dtype_of<float>() {
  return DType::kF32;
}
template <>
constexpr DType dtype_of<BFloat16>() {
  return DType::kBF16;
}
template <>
constexpr DType dtype_of<Float16>() {
  return DType::kF16;
}
template <>
constexpr DType dtype_of<int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType dtype_of<int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType dtype_of<int16_t>() {
  return DType::kI16;
}
template <>
constexpr DType dtype_of<int8_t>() {
  return DType::kI8;
}
template <>
constexpr DType dtype_of<uint8_t>() {
  return DType::kU8;
}

}  // namespace fundi
