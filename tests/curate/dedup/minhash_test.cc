#include "curate/dedup/minhash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <algorithm>
#include <set>

#include "base/random.h"
#include "curate/words/simplify.h"
#include "tests/error_testing.h"

namespace fundi::curate::dedup {
namespace {

std::vector<uint64_t> draw(Random& random, size_t count) {
  std::vector<uint64_t> out(count);
  for (uint64_t& x : out) x = random.next();
  return out;
}

// Two sets of `size` shingles each whose Jaccard similarity is the nearest to `s` there is.
std::pair<std::vector<uint64_t>, std::vector<uint64_t>> planted_pair(Random& random, size_t size,
                                                                     double s) {
  const auto both = static_cast<size_t>(2 * static_cast<double>(size) * s / (1 + s) + 0.5);
  std::vector<uint64_t> a = draw(random, size), b = draw(random, size);
  std::copy_n(a.begin(), both, b.begin());
  shuffle(std::span(b), random);
  return {a, b};
}

bool share_a_bucket(const MinHasher& hasher, std::span<const uint64_t> a,
                    std::span<const uint64_t> b) {
  std::vector<uint64_t> x, y;
  hasher.keys(a, x);
  hasher.keys(b, y);
  for (size_t i = 0; i < x.size(); ++i) {
    if (x[i] == y[i]) return true;
  }
  return false;
}

TEST(MinHash, MatchesAsOftenAsTheCurveSays) {
  const MinHasher hasher;
  EXPECT_NEAR(hasher.match_probability(0.8), 0.924, 0.001);
  Random random(1);
  for (const double s : {0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95}) {
    constexpr int kPairs = 8000;  // a standard deviation of at most 0.56 points
    double expected = 0;
    int matched = 0;
    for (int i = 0; i < kPairs; ++i) {
      const auto [a, b] = planted_pair(random, 40 + random.below(200), s);
      std::vector<uint32_t> x, y;
      shingle_set(a, x);
      shingle_set(b, y);
      expected += hasher.match_probability(jaccard(x, y));
      matched += share_a_bucket(hasher, a, b);
    }
    EXPECT_NEAR(matched / double{kPairs}, expected / kPairs, 0.02) << "Jaccard " << s;
  }
}

TEST(MinHash, EstimatesJaccardWithoutBiasForEverySeed) {
  Random random(2);
  for (const uint64_t seed : {0, 1, 2, 77}) {
    const MinHasher hasher({.buckets = 32, .hashes = 8, .seed = seed});
    double sum = 0;
    constexpr int kPairs = 200;
    for (int i = 0; i < kPairs; ++i) {
      const auto [a, b] = planted_pair(random, 300, 1.0 / 3);  // half of each in common
      std::vector<uint32_t> x, y;
      hasher.minima(a, x);
      hasher.minima(b, y);
      int same = 0;
      for (size_t k = 0; k < x.size(); ++k) same += x[k] == y[k];
      sum += same / double(x.size());
    }
    EXPECT_NEAR(sum / kPairs, 1.0 / 3, 0.01) << "seed " << seed;  // deviation 0.0021
  }
}

// As the header says it, one function at a time.
std::vector<uint32_t> plain_minima(const MinHashOptions& options, std::span<const uint64_t> set) {
  Random random(options.seed, 0x6d696e68617368);
  std::vector<uint32_t> minima(options.buckets * options.hashes, ~uint32_t{0});
  for (uint32_t& least : minima) {
    const uint64_t first = random.next(), second = random.next();
    const auto s = static_cast<uint32_t>(first), a = static_cast<uint32_t>(first >> 32) | 1,
               b = static_cast<uint32_t>(second) | 1;
    for (const uint64_t x : set) {
      const uint32_t t = (static_cast<uint32_t>(x) ^ s) * a;
      least = std::min(least, (t ^ t >> 16 ^ static_cast<uint32_t>(x >> 32)) * b);
    }
  }
  return minima;
}

TEST(MinHash, GivesTheSameBitsOnEveryTarget) {
  Random random(3);
  const std::vector<int64_t> targets = hwy::SupportedAndGeneratedTargets();
  ASSERT_FALSE(targets.empty());
  for (const auto& [buckets, hashes] : {std::pair(14, 8), {1, 1}, {5, 7}, {20, 13}}) {
    const MinHashOptions options{.buckets = buckets, .hashes = hashes, .seed = 9};
    const MinHasher hasher(options);
    for (const size_t count : {0, 1, 2, 333}) {
      const std::vector<uint64_t> set = draw(random, count);
      const std::vector<uint32_t> expected = plain_minima(options, set);
      for (const int64_t target : targets) {
        hwy::SetSupportedTargetsForTest(target);
        hwy::GetChosenTarget().Update(hwy::SupportedTargets());
        std::vector<uint32_t> minima;
        hasher.minima(set, minima);
        EXPECT_EQ(minima, expected) << hwy::TargetName(target);
      }
      hwy::SetSupportedTargetsForTest(0);
      hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    }
  }
}

TEST(MinHash, KeysIgnoreOrderAndRepetitionAndTellBucketsApart) {
  Random random(4);
  const MinHasher hasher;
  std::vector<uint64_t> set = draw(random, 50), keys, again;
  hasher.keys(set, keys);
  ASSERT_EQ(keys.size(), 14u);
  EXPECT_EQ(std::set<uint64_t>(keys.begin(), keys.end()).size(), 14u);
  set.insert(set.end(), set.begin(), set.begin() + 20);
  shuffle(std::span(set), random);
  hasher.keys(set, again);
  EXPECT_EQ(keys, again);
  const MinHasher other({.seed = 2});
  other.keys(set, again);
  for (size_t i = 0; i < keys.size(); ++i) EXPECT_NE(keys[i], again[i]);
  // One shingle alone makes every bucket of a kind: they still differ.
  const std::vector<uint64_t> one = {42};
  hasher.keys(one, keys);
  EXPECT_EQ(std::set<uint64_t>(keys.begin(), keys.end()).size(), 14u);
}

TEST(MinHash, ADocumentShorterThanTheNgramHasNoKeys) {
  const MinHasher hasher;
  std::vector<uint64_t> shingles, keys = {1};
  shingle_hashes(simplify("Habari za asubuhi leo"), hasher.options().ngram, shingles);
  hasher.keys(shingles, keys);
  EXPECT_TRUE(keys.empty());
}

TEST(MinHash, RefusesNumbersThatMeanNothing) {
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { (void)MinHasher({.buckets = 0}); }),
              ::testing::HasSubstr("at least 1"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { (void)MinHasher({.hashes = -8}); }),
              ::testing::HasSubstr("at least 1"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [&] { (void)MinHasher({.buckets = 65'536, .hashes = 65'536}); }),
              ::testing::HasSubstr("4096"));
}

TEST(Jaccard, EqualsThatOfSets) {
  Random random(5);
  for (int round = 0; round < 300; ++round) {
    std::set<uint32_t> a, b, both, all;
    for (uint64_t n = random.below(200); n > 0; --n) a.insert(random.below(300));
    for (uint64_t n = random.below(round % 2 ? 8 : 200); n > 0; --n) b.insert(random.below(300));
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::inserter(both, both.end()));
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::inserter(all, all.end()));
    const std::vector<uint32_t> x(a.begin(), a.end()), y(b.begin(), b.end());
    EXPECT_EQ(jaccard(x, y), all.empty() ? 1 : double(both.size()) / double(all.size()));
    EXPECT_EQ(jaccard(y, x), jaccard(x, y));
  }
}

}  // namespace
}  // namespace fundi::curate::dedup
