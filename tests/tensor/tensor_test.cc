#include "tensor/tensor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"

namespace fundi {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

TEST(Shape, Basics) {
  const Shape shape{2, 3, 4};
  EXPECT_EQ(shape.to_string(), "[2, 3, 4]");
  EXPECT_EQ(shape[-1], 4);
  EXPECT_EQ(shape.elements(), 24);
  EXPECT_EQ(Shape().to_string(), "[]");
  EXPECT_EQ(Shape().elements(), 1);
  EXPECT_FALSE(shape == Shape({2, 3}));
}

TEST(Device, Names) {
  EXPECT_EQ(Device{}.to_string(), "cpu");
  EXPECT_EQ((Device{DeviceKind::kCuda, 1}).to_string(), "cuda:1");
  EXPECT_THROW(memory_of(DeviceKind::kAscend), Error);
  EXPECT_THROW(Tensor({1}, DType::kF32, Device{DeviceKind::kAscend, 0}), Error);
}

TEST(Tensor, HandlesShareElements) {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  const Tensor t = Tensor::from<float>(values, {3, 2});
  EXPECT_EQ(t.to_string(), "f32 [3, 2] cpu");
  EXPECT_EQ(t.bytes(), 24u);
  const Tensor rows = t.rows(1, 2);
  EXPECT_THAT(rows.span<float>(), ElementsAre(3, 4, 5, 6));
  EXPECT_EQ(rows.rows(1, 1).data<float>()[0], 5);
  rows.data<float>()[0] = 30;
  EXPECT_THAT(t.reshape({6}).span<float>(), ElementsAre(1, 2, 30, 4, 5, 6));
  EXPECT_EQ(t.rows(3, 0).elements(), 0);
  t.zero();
  EXPECT_THAT(rows.span<float>(), Each(0));
}

TEST(Tensor, RefusesWhatDoesNotFit) {
  const Tensor t = Tensor::zeros({3, 2}, DType::kBF16);
  EXPECT_THROW(t.rows(2, 2), Error);
  EXPECT_THROW(t.rows(-1, 1), Error);
  EXPECT_THROW(t.rows(1, INT64_MAX), Error);
  EXPECT_THROW(Tensor::zeros({}, DType::kF32).rows(0, 1), Error);
  EXPECT_THROW(t.reshape({7}), Error);
  EXPECT_THROW(t.reshape({1LL << 62, 8}), Error);
  EXPECT_THROW(Tensor({1LL << 40, 1LL << 40}, DType::kF32), Error);
  EXPECT_THROW(Tensor({1LL << 62}, DType::kI8), Error);
  EXPECT_THROW(Tensor(t.buffer(), 4, {3, 2}, DType::kBF16), Error);
  EXPECT_THROW(Tensor(t.buffer(), SIZE_MAX, {1}, DType::kBF16), Error);
  EXPECT_THROW(Tensor(nullptr, 0, {1}, DType::kBF16), Error);
  EXPECT_THROW(t.copy_from(Tensor::zeros({2, 3}, DType::kBF16)), Error);
  EXPECT_THROW(t.copy_from(Tensor::zeros({3, 2}, DType::kF16)), Error);
  EXPECT_THROW(Tensor::zeros({2}, DType::kI32).to_f32(), Error);
}

TEST(Tensor, EmptyOnesAreFine) {
  EXPECT_FALSE(Tensor().defined());
  EXPECT_EQ(Tensor().raw(), nullptr);
  EXPECT_EQ(Tensor().to_string(), "undefined");
  const Tensor t = Tensor::zeros({0, 4}, DType::kF32);
  EXPECT_TRUE(t.defined());
  EXPECT_EQ(t.bytes(), 0u);
  EXPECT_EQ(t.to_f32().elements(), 0);
}

TEST(Tensor, ExternalMemoryIsKeptAlive) {
  auto owner = std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3});
  std::weak_ptr<std::vector<float>> watch = owner;
  Tensor t(std::make_shared<Buffer>(owner->data(), 12, owner), 4, {2}, DType::kF32);
  owner.reset();
  EXPECT_TRUE(t.buffer()->external());
  EXPECT_THAT(t.span<float>(), ElementsAre(2, 3));
  t = {};
  EXPECT_TRUE(watch.expired());
}

TEST(Tensor, CopiesAndWidens) {
  const std::vector<BFloat16> values{BFloat16(1.5F), BFloat16(-2.0F)};
  const Tensor t = Tensor::from<BFloat16>(values, {2});
  const Tensor copy({2}, DType::kBF16);
  copy.copy_from(t);
  t.zero();
  EXPECT_THAT(copy.to_f32().span<float>(), ElementsAre(1.5F, -2.0F));
}

// Against the scalar types, at sizes that split over threads and addresses that are not aligned.
TEST(ConvertElements, EveryPairMatchesTheScalarTypes) {
  const int64_t n = 200'003;
  std::vector<float> wide(n);
  for (int64_t i = 0; i < n; ++i) {
    wide[i] =
        std::ldexp(static_cast<float>(i % 2049 - 1024) / 1000.0F, static_cast<int>(i % 60) - 35);
  }
  wide[5] = INFINITY;
  std::vector<char> half(2 * n + 1), brain(2 * n + 1), back(4 * n + 1);
  const auto bits = [](const std::vector<char>& v, int64_t i) {
    uint16_t b;
    std::memcpy(&b, v.data() + 1 + 2 * i, 2);
    return b;
  };
  convert_elements(wide.data(), DType::kF32, half.data() + 1, DType::kF16, n);
  convert_elements(wide.data(), DType::kF32, brain.data() + 1, DType::kBF16, n);
  for (int64_t i = 0; i < n; ++i) {
    ASSERT_EQ(bits(half, i), Float16(wide[i]).bits) << i;
    ASSERT_EQ(bits(brain, i), BFloat16(wide[i]).bits) << i;
  }
  convert_elements(half.data() + 1, DType::kF16, back.data() + 1, DType::kF32, n);
  for (int64_t i = 0; i < n; ++i) {
    float value;
    std::memcpy(&value, back.data() + 1 + 4 * i, 4);
    ASSERT_EQ(value, static_cast<float>(Float16(wide[i]))) << i;
  }
  std::vector<char> crossed(2 * n + 1);
  convert_elements(half.data() + 1, DType::kF16, crossed.data() + 1, DType::kBF16, n);
  for (int64_t i = 0; i < n; ++i) {
    ASSERT_EQ(bits(crossed, i), BFloat16(static_cast<float>(Float16(wide[i]))).bits) << i;
  }
  convert_elements(brain.data() + 1, DType::kBF16, crossed.data() + 1, DType::kF16, n);
  for (int64_t i = 0; i < n; ++i) {
    ASSERT_EQ(bits(crossed, i), Float16(static_cast<float>(BFloat16(wide[i]))).bits) << i;
  }
  convert_elements(brain.data() + 1, DType::kBF16, crossed.data() + 1, DType::kBF16, n);
  EXPECT_TRUE(std::equal(crossed.begin() + 1, crossed.end(), brain.begin() + 1));
  EXPECT_THROW(convert_elements(wide.data(), DType::kF32, back.data(), DType::kI32, 1), Error);
}

}  // namespace
}  // namespace fundi
