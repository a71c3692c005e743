#include "tensor/dtype.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tensor/half.h"

namespace fundi {
namespace {

// Straight from the definition of binary16.
float reference_value(uint16_t half) {
  const int sign = half >> 15 ? -1 : 1, exponent = half >> 10 & 31, fraction = half & 1023;
  if (exponent == 31) {
    return fraction ? std::numeric_limits<float>::quiet_NaN()
                    : static_cast<float>(sign) * std::numeric_limits<float>::infinity();
  }
  if (exponent == 0) return static_cast<float>(sign * std::ldexp(fraction, -24));
  return static_cast<float>(sign * std::ldexp(1024 + fraction, exponent - 25));
}

TEST(Float16, AllPatternsWidenExactlyAndComeBack) {
  for (uint32_t i = 0; i < 0x10000; ++i) {
    Float16 half;
    half.bits = static_cast<uint16_t>(i);
    const float value = half, expected = reference_value(half.bits);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << i;
      ASSERT_EQ(std::signbit(value), i >> 15) << i;
      ASSERT_EQ(Float16(value).bits, i | 0x200) << i;  // quiet
    } else {
      ASSERT_EQ(value, expected) << i;
      ASSERT_EQ(std::signbit(value), i >> 15) << i;
      ASSERT_EQ(Float16(value).bits, i) << i;
    }
  }
}

// Around each midpoint of two neighbours: below goes down, above goes up, on it to the even one.
TEST(Float16, RoundsToNearestEven) {
  for (uint16_t i = 0; i < 0x7c00; ++i) {
    const float low = reference_value(i);
    const float high = i == 0x7bff ? 65536.0F : reference_value(static_cast<uint16_t>(i + 1));
    const float middle = (low + high) / 2;  // exact in binary32
    const auto even = static_cast<uint16_t>(i + (i & 1));
    for (const uint16_t sign : {uint16_t{0}, uint16_t{0x8000}}) {
      const float s = sign ? -1.0F : 1.0F;
      ASSERT_EQ(float_to_half(s * std::nextafter(middle, 0.0F)), i | sign) << i;
      ASSERT_EQ(float_to_half(s * middle), even | sign) << i;
      ASSERT_EQ(float_to_half(s * std::nextafter(middle, 1e9F)), (i + 1) | sign) << i;
    }
  }
}

TEST(Float16, Extremes) {
  EXPECT_EQ(Float16(1e30F).bits, 0x7c00);
  EXPECT_EQ(Float16(-65520.0F).bits, 0xfc00);
  EXPECT_EQ(Float16(65519.9F).bits, 0x7bff);
  EXPECT_EQ(Float16(-std::numeric_limits<float>::infinity()).bits, 0xfc00);
  EXPECT_EQ(Float16(std::numeric_limits<float>::denorm_min()).bits, 0);
  EXPECT_EQ(Float16(-0.0F).bits, 0x8000);
  EXPECT_EQ(Float16(std::bit_cast<float>(0x7f800001U)).bits, 0x7e00);  // a payload we cannot keep
}

TEST(BFloat16, RoundsToNearestEven) {
  for (uint32_t i = 0; i < 0x10000; ++i) {
    BFloat16 value;
    value.bits = static_cast<uint16_t>(i);
    const uint32_t bits = i << 16;
    const bool nan = (bits & 0x7fffffffU) > 0x7f800000U;
    ASSERT_EQ(BFloat16(static_cast<float>(value)).bits, nan ? i | 0x40 : i);
    if ((bits & 0x7f800000U) == 0x7f800000U) continue;
    ASSERT_EQ(BFloat16(std::bit_cast<float>(bits | 0x7fff)).bits, i);
    ASSERT_EQ(BFloat16(std::bit_cast<float>(bits | 0x8000)).bits, i + (i & 1));
    ASSERT_EQ(BFloat16(std::bit_cast<float>(bits | 0x8001)).bits, i + 1);
  }
  EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(std::bit_cast<float>(0x7f800001U)))));
}

TEST(DType, Names) {
  for (const char* alias : {"bf16", "bfloat16", "torch.bfloat16"}) {
    EXPECT_EQ(dtype_from_name(alias), DType::kBF16);
  }
  EXPECT_EQ(dtype_from_name("float32"), DType::kF32);
  EXPECT_EQ(dtype_from_name("torch.float16"), DType::kF16);
  EXPECT_EQ(dtype_from_name("float64"), std::nullopt);
  EXPECT_EQ(dtype_from_name(""), std::nullopt);
  for (int i = 0; i <= static_cast<int>(DType::kBool); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(dtype_from_name(name(dtype)), dtype);
    EXPECT_EQ(dtype_from_safetensors(info(dtype).safetensors), dtype);
  }
  EXPECT_EQ(dtype_from_safetensors("bf16"), std::nullopt);
  EXPECT_EQ(dtype_from_safetensors("F64"), std::nullopt);
  EXPECT_EQ(byte_size(DType::kI64, 3), 24u);
  EXPECT_EQ(byte_size(DType::kBF16, 0), 0u);
}

}  // namespace
}  // namespace fundi
