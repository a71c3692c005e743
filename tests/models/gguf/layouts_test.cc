#include "models/gguf/layouts.h"

#include <numeric>

#include "tests/models/gguf/gguf_testing.h"

namespace fundi::models {
namespace {

using testing::ElementsAre;

Tensor counted(Shape shape) {
  std::vector<float> values(static_cast<size_t>(shape.elements()));
  std::iota(values.begin(), values.end(), 0.0F);
  return Tensor::from<float>(values, shape);
}

TEST(GgufLayoutsTest, RowsInterleaveWithinAHead) {
  EXPECT_THAT(interleave_rows(counted({8}), 1).span<float>(), ElementsAre(0, 4, 1, 5, 2, 6, 3, 7));
  EXPECT_THAT(interleave_rows(counted({8}), 2).span<float>(), ElementsAre(0, 2, 1, 3, 4, 6, 5, 7));
  EXPECT_THAT(interleave_rows(counted({4, 2}), 1).span<float>(),
              ElementsAre(0, 1, 4, 5, 2, 3, 6, 7));
  const Tensor x = counted({24, 3});
  EXPECT_TRUE(same_bits(separate_rows(interleave_rows(x, 2), 2), x));
  EXPECT_TRUE(same_bits(interleave_rows(separate_rows(x, 3), 3), x));
  expect_error(ErrorCode::kCorruptData, "24 rows do not divide into 5 heads",
               [&] { interleave_rows(x, 5); });
  expect_error(ErrorCode::kCorruptData, "into 8 heads of two halves",
               [&] { interleave_rows(x, 8); });
}

// Blocks move whole.
TEST(GgufLayoutsTest, RowsOfBlocks) {
  const Tensor x = counted({4, 64}), blocks = x.as(DType::kQ8_0);
  EXPECT_TRUE(same_bits(interleave_rows(blocks, 1), interleave_rows(x, 1).as(DType::kQ8_0)));
}

TEST(GgufLayoutsTest, LatentKeysAndValues) {
  // Two heads of two key rows and one value row, from three latent elements.
  const Tensor kv = counted({6, 3});
  const Tensor k = key_part(kv, 2, 2), v = value_part(kv, 2, 2);
  EXPECT_EQ(k.shape(), (Shape{2, 3, 2}));
  EXPECT_EQ(v.shape(), (Shape{2, 1, 3}));
  EXPECT_THAT(k.rows(1, 1).span<float>(), ElementsAre(9, 12, 10, 13, 11, 14));
  EXPECT_THAT(v.span<float>(), ElementsAre(6, 7, 8, 15, 16, 17));
  EXPECT_TRUE(same_bits(join_parts(k, v, DType::kF32), kv));
  const Tensor half = kv.as(DType::kBF16);
  EXPECT_TRUE(
      same_bits(join_parts(key_part(half, 2, 2), value_part(half, 2, 2), DType::kBF16), half));
}

TEST(GgufLayoutsTest, PlusOne) {
  EXPECT_THAT(plus_one(counted({3})).span<float>(), ElementsAre(1, 2, 3));
  EXPECT_THAT(minus_one(counted({3})).span<float>(), ElementsAre(-1, 0, 1));
  EXPECT_EQ(plus_one(counted({3}).as(DType::kBF16)).dtype(), DType::kF32);
}

}  // namespace
}  // namespace fundi::models
