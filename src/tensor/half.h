#pragma once

#include <bit>
#include <cstdint>

namespace fundi {

// IEEE 754 binary16 to and from binary32 by integer arithmetic, with masks instead of branches so
// that loops over them become vector code. Both are exact where exact is possible; narrowing rounds
// to nearest even, overflows to infinity, keeps the sign of zero and of NaN (made quiet).

// condition ? a : b, in a form that compilers do not turn back into a jump.
inline uint32_t select_bits(bool condition, uint32_t a, uint32_t b) {
  const uint32_t mask = 0U - static_cast<uint32_t>(condition);
  return (a & mask) | (b & ~mask);
}

inline float half_to_float(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000U) << 16;
  const uint32_t magnitude = half & 0x7fffU;
  const uint32_t normal = (magnitude << 13) + (112U << 23);
  const uint32_t special = (magnitude << 13) + (224U << 23);  // infinity and NaN
  const uint32_t tiny =
      std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-24F);
  const uint32_t finite = select_bits(magnitude < 0x0400U, tiny, normal);
  return std::bit_cast<float>(select_bits(magnitude >= 0x7c00U, special, finite) | sign);
}

inline uint16_t float_to_half(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000U;
  const uint32_t magnitude = bits & 0x7fffffffU;
  const uint32_t normal = (magnitude - (112U << 23) + 0xfffU + ((magnitude >> 13) & 1U)) >> 13;
  // Below 2^-14 the unit is 2^-24, which is that of a float just above one half: let the addition
  // round.
  const uint32_t tiny = std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) -
                        std::bit_cast<uint32_t>(0.5F);
  const uint32_t nan = 0x7e00U | ((magnitude >> 13) & 0x3ffU);
  const uint32_t finite = select_bits(magnitude < 0x38800000U, tiny, normal);
  const uint32_t number = select_bits(magnitude >= 0x477ff000U, 0x7c00U, finite);  // 65520 and more
  return static_cast<uint16_t>(select_bits(magnitude > 0x7f800000U, nan, number) | sign);
}

// F8_E4M3 (E4M3FN): bias 7, no infinity, NaN where all bits but the sign are set.
inline float f8_e4m3_to_float(uint8_t bits) {
  const uint32_t sign = static_cast<uint32_t>(bits & 0x80U) << 24;
  const uint32_t magnitude = bits & 0x7fU;
  const uint32_t normal = (magnitude << 20) + (120U << 23);
  const uint32_t tiny =
      std::bit_cast<uint32_t>(static_cast<float>(static_cast<int32_t>(magnitude)) * 0x1p-9F);
  const uint32_t finite = select_bits(magnitude < 8U, tiny, normal);
  return std::bit_cast<float>(select_bits(magnitude == 0x7fU, 0x7fc00000U, finite) | sign);
}

}  // namespace fundi
