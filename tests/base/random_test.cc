#include "base/random.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

namespace fundi {
namespace {

TEST(Random, IsAFunctionOfSeedStreamAndCounter) {
  Random a(1, 2), b(1, 2);
  std::vector<uint64_t> first;
  for (int i = 0; i < 100; ++i) first.push_back(a.next());
  b.seek(50);
  EXPECT_EQ(b.next(), first[50]);
  EXPECT_EQ(b.counter(), 51u);
  EXPECT_EQ(Random(1, 2).at(99), first[99]);
  EXPECT_NE(Random(1, 3).next(), first[0]);
  EXPECT_NE(Random(2, 2).next(), first[0]);
}

TEST(Random, BelowIsInRangeAndEven) {
  Random random(7);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(random.below(1), 0u);
  // Three quarters of 2^64: without redrawing, the lower third would come up twice as often.
  const uint64_t n = 3ULL << 62;
  int lower = 0;
  for (int i = 0; i < 30'000; ++i) {
    const uint64_t value = random.below(n);
    EXPECT_LT(value, n);
    lower += value % 3 == 0;
  }
  EXPECT_NEAR(lower, 10'000, 400);
}

TEST(Random, NormalHasMeanZeroAndUnitVariance) {
  Random random(3);
  double sum = 0, squares = 0, fourth = 0;
  const int n = 200'000;
  for (int i = 0; i < n; ++i) {
    const double x = random.normal();
    ASSERT_TRUE(std::isfinite(x));
    sum += x;
    squares += x * x;
    fourth += x * x * x * x;
  }
  EXPECT_NEAR(sum / n, 0, 0.01);
  EXPECT_NEAR(squares / n, 1, 0.02);
  EXPECT_NEAR(fourth / n, 3, 0.1);
  EXPECT_EQ(random.counter(), 2u * n);
}

TEST(Random, ShuffleIsAPermutationAndUniform) {
  std::array<std::array<int, 4>, 4> places{};
  Random random(11);
  for (int i = 0; i < 24'000; ++i) {
    std::array<int, 4> items{0, 1, 2, 3};
    shuffle(std::span<int>(items), random);
    EXPECT_EQ(std::set<int>(items.begin(), items.end()).size(), 4u);
    for (int place = 0; place < 4; ++place) ++places[items[place]][place];
  }
  for (const auto& row : places) {
    for (const int count : row) EXPECT_NEAR(count, 6000, 300);
  }
}

}  // namespace
}  // namespace fundi
