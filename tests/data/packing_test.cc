#include "data/packing.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "base/error.h"
#include "base/random.h"

namespace fundi::data {
namespace {

std::vector<PackItem> random_items(int count, int32_t longest, uint64_t seed) {
  Random random(seed);
  std::vector<PackItem> items;
  for (int i = 0; i < count; ++i) {
    const auto length = 1 + static_cast<int32_t>(random.below(static_cast<uint64_t>(longest)));
    items.push_back({.row = 1000 + i, .length = length});
  }
  return items;
}

int64_t total(const std::vector<PackItem>& items) {
  int64_t sum = 0;
  for (const PackItem& item : items) sum += item.length;
  return sum;
}

std::vector<PackItem> items_of(std::initializer_list<int32_t> lengths) {
  std::vector<PackItem> items;
  for (const int32_t length : lengths) {
    items.push_back({.row = static_cast<int64_t>(items.size()), .length = length});
  }
  return items;
}

std::vector<Piece> bin(const Packing& packing, int64_t index) {
  const auto pieces = packing.bin(index);
  return {pieces.begin(), pieces.end()};
}

TEST(PackBestFit, KeepsEveryItemWholeOnceAndWithinLength) {
  const auto items = random_items(5000, 512, 1);
  const Packing packing = pack_best_fit(items, 512);
  std::map<int64_t, int32_t> seen;
  for (int64_t i = 0; i < packing.size(); ++i) {
    int64_t tokens = 0;
    ASSERT_FALSE(packing.bin(i).empty());
    for (const Piece& piece : packing.bin(i)) {
      EXPECT_EQ(piece.begin, 0);
      EXPECT_TRUE(seen.emplace(piece.row, piece.count).second);
      tokens += piece.count;
    }
    EXPECT_LE(tokens, 512);
    EXPECT_EQ(tokens, packing.tokens(i));
  }
  ASSERT_EQ(seen.size(), items.size());
  for (const PackItem& item : items) EXPECT_EQ(seen[item.row], item.length);
  EXPECT_EQ(packing.tokens(), total(items));
}

TEST(PackBestFit, WastesLittle) {
  const auto items = random_items(5000, 300, 2);
  const Packing packing = pack_best_fit(items, 1024);
  const int64_t least = (total(items) + 1023) / 1024;
  EXPECT_LE(packing.size(), least + least / 100 + 1);
}

TEST(PackBestFit, TakesTheFullestBinWithRoom) {
  // 7 and 5 open bins with room for 3 and 5; 3 belongs to the first, 4 to the second.
  const Packing packing = pack_best_fit(items_of({3, 5, 4, 7}), 10);
  ASSERT_EQ(packing.size(), 2);
  EXPECT_EQ(bin(packing, 0), (std::vector<Piece>{{3, 0, 7}, {0, 0, 3}}));
  EXPECT_EQ(bin(packing, 1), (std::vector<Piece>{{1, 0, 5}, {2, 0, 4}}));
}

TEST(PackContiguous, CutsEveryMaxLengthAndLosesNothing) {
  const Packing packing = pack_contiguous(items_of({3, 9, 2}), 4);
  ASSERT_EQ(packing.size(), 4);
  EXPECT_EQ(bin(packing, 0), (std::vector<Piece>{{0, 0, 3}, {1, 0, 1}}));
  EXPECT_EQ(bin(packing, 1), (std::vector<Piece>{{1, 1, 4}}));
  EXPECT_EQ(bin(packing, 2), (std::vector<Piece>{{1, 5, 4}}));
  EXPECT_EQ(bin(packing, 3), (std::vector<Piece>{{2, 0, 2}}));
}

TEST(PackContiguous, FillsAllButTheLast) {
  const auto items = random_items(700, 900, 3);
  const Packing packing = pack_contiguous(items, 256);
  for (int64_t i = 0; i + 1 < packing.size(); ++i) EXPECT_EQ(packing.tokens(i), 256);
  EXPECT_EQ(packing.tokens(), total(items));
  std::map<int64_t, int32_t> next;  // pieces of a row follow one another
  for (int64_t i = 0; i < packing.size(); ++i) {
    for (const Piece& piece : packing.bin(i)) {
      EXPECT_EQ(piece.begin, next[piece.row]);
      next[piece.row] += piece.count;
    }
  }
  for (const PackItem& item : items) EXPECT_EQ(next[item.row], item.length);
}

TEST(PackSingle, GivesEachItsOwn) {
  const Packing packing = pack_single(items_of({3, 1}), 4);
  ASSERT_EQ(packing.size(), 2);
  EXPECT_EQ(bin(packing, 1), (std::vector<Piece>{{1, 0, 1}}));
}

TEST(Pack, NothingGivesNothing) {
  EXPECT_EQ(pack_best_fit({}, 8).size(), 0);
  EXPECT_EQ(pack_contiguous({}, 8).size(), 0);
  EXPECT_EQ(pack_single({}, 8).tokens(), 0);
}

TEST(Pack, RefusesBadLengths) {
  EXPECT_THROW(pack_best_fit(items_of({5}), 4), Error);
  EXPECT_THROW(pack_single(items_of({5}), 4), Error);
  EXPECT_THROW(pack_best_fit(items_of({0}), 4), Error);
  EXPECT_THROW(pack_contiguous(items_of({-1}), 4), Error);
  EXPECT_THROW(pack_contiguous(items_of({1}), 0), Error);
}

}  // namespace
}  // namespace fundi::data
