#include "train/sampler.h"

#include <gtest/gtest.h>

#include <set>

#include "base/error.h"

namespace fundi::train {
namespace {

std::vector<int32_t> take(Sampler& sampler, int64_t count) {
  const auto span = sampler.next(count);
  return {span.begin(), span.end()};
}

TEST(Sampler, EachEpochIsAPermutationOfItsOwn) {
  Sampler sampler(10, 7);
  std::vector<std::vector<int32_t>> epochs;
  for (int e = 0; e < 3; ++e) {
    std::vector<int32_t> epoch;
    for (const int64_t expected : {4, 4, 2}) {  // never across the end of an epoch
      const auto part = take(sampler, 4);
      EXPECT_EQ(static_cast<int64_t>(part.size()), expected);
      epoch.insert(epoch.end(), part.begin(), part.end());
    }
    EXPECT_EQ(std::set<int32_t>(epoch.begin(), epoch.end()).size(), 10U);
    epochs.push_back(epoch);
  }
  EXPECT_NE(epochs[0], epochs[1]);
  EXPECT_NE(epochs[1], epochs[2]);
  EXPECT_EQ(sampler.epoch(), 3);
  EXPECT_EQ(sampler.position(), 0);
}

TEST(Sampler, SeekGoesOnAsIfNothingHadHappened) {
  for (int stop = 0; stop < 12; ++stop) {
    Sampler whole(7, 3), resumed(7, 3);
    for (int i = 0; i < stop; ++i) whole.next(2);
    resumed.seek(whole.epoch(), whole.position());
    for (int i = 0; i < 9; ++i) ASSERT_EQ(take(whole, 2), take(resumed, 2)) << stop;
  }
}

TEST(Sampler, SeedsDiffer) {
  Sampler a(50, 1), b(50, 2);
  EXPECT_NE(take(a, 50), take(b, 50));
}

TEST(Sampler, Progress) {
  Sampler sampler(8, 1);
  sampler.next(2);
  EXPECT_DOUBLE_EQ(sampler.progress(), 0.25);
  sampler.next(6);
  EXPECT_DOUBLE_EQ(sampler.progress(), 1.0);
}

TEST(Sampler, RefusesTheImpossible) {
  EXPECT_THROW(Sampler(0, 1), Error);
  EXPECT_THROW(Sampler(int64_t{1} << 31, 1), Error);
  Sampler sampler(5, 1);
  EXPECT_THROW(sampler.seek(0, 5), Error);
  EXPECT_THROW(sampler.seek(-1, 0), Error);
}

}  // namespace
}  // namespace fundi::train
