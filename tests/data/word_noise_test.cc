#include "data/word_noise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "base/text.h"

namespace fundi::data {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kStrangers{"xx", "yy"};

TEST(WordNoise, LeavesAllAtRateZero) {
  Random random(1);
  EXPECT_EQ(add_word_noise("Say  {headword}\nin English.", 0, kStrangers, random),
            "Say  {headword}\nin English.");
}

TEST(WordNoise, SparesPlaceholdersTheirNeighboursAndLineBreaks) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const std::string noisy =
        add_word_noise("a b is {headword} in c\nd e", 0.999, kStrangers, random);
    EXPECT_THAT(noisy, HasSubstr("is {headword} in"));
    EXPECT_THAT(noisy, HasSubstr("c\nd"));
  }
}

TEST(WordNoise, DropsReplacesAndAddsEachAsOften) {
  constexpr int kTries = 3000;
  int dropped = 0, replaced = 0, added = 0, kept = 0;
  Random random(7);
  for (int i = 0; i < kTries; ++i) {
    const std::string noisy = add_word_noise("a {x} b", 0.6, {kStrangers.data(), 1}, random);
    EXPECT_EQ(noisy, "a {x} b") << "both words are neighbours";
    const std::string first = add_word_noise("w a {x}", 0.6, {kStrangers.data(), 1}, random);
    dropped += first == "a {x}";
    replaced += first == "xx a {x}";
    added += first == "xx w a {x}";
    kept += first == "w a {x}";
  }
  EXPECT_EQ(dropped + replaced + added + kept, kTries);
  for (const int count : {dropped, replaced, added}) EXPECT_NEAR(count, 0.2 * kTries, 90);
}

}  // namespace
}  // namespace fundi::data
