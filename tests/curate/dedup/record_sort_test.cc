#include "curate/dedup/record_sort.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/random.h"
#include "tests/curate/readers_testing.h"

namespace fundi::curate::dedup {
namespace {

template <size_t W>
struct Row {
  uint64_t words[W];
  bool operator==(const Row&) const = default;
};

// `kinds` of distributions: even, few different values, small numbers, common beginnings.
template <size_t W>
std::vector<Row<W>> draw(size_t count, int kind, uint64_t seed) {
  Random random(seed, kind);
  std::vector<Row<W>> rows(count);
  for (Row<W>& row : rows) {
    for (uint64_t& word : row.words) {
      word = random.next();
      if (kind == 1) word = random.below(3) << random.below(64);
      if (kind == 2) word = random.below(count + 1);
      if (kind == 3) word = 0xABCDEF0000000000 + (random.below(5) << 20) + random.below(7);
    }
  }
  return rows;
}

template <size_t W>
std::vector<Row<W>> by_library(std::vector<Row<W>> rows) {
  std::sort(rows.begin(), rows.end(), [](const Row<W>& a, const Row<W>& b) {
    return std::lexicographical_compare(a.words, a.words + W, b.words, b.words + W);
  });
  return rows;
}

template <size_t W>
void check_all_counts() {
  for (int kind = 0; kind < 4; ++kind) {
    for (const size_t count : {0, 1, 2, 23, 24, 25, 26, 300, 5000, 70'000}) {
      std::vector<Row<W>> rows = draw<W>(count, kind, W);
      const std::vector<Row<W>> expected = by_library(rows);
      sort_records(rows);
      ASSERT_EQ(rows, expected) << W << " words, " << count << " of kind " << kind;
    }
  }
}

TEST(SortRecords, EqualsTheLibrarys) {
  check_all_counts<1>();
  check_all_counts<2>();
  check_all_counts<3>();
  check_all_counts<6>();
}

template <size_t W>
std::vector<Row<W>> through_sorter(const std::vector<Row<W>>& rows, uint64_t memory,
                                   const fs::path& folder) {
  RecordSorter<Row<W>> sorter(folder, memory);
  for (const Row<W>& row : rows) sorter.add(row);
  std::vector<Row<W>> out;
  for (Row<W> row; sorter.next(row);) out.push_back(row);
  Row<W> none;
  EXPECT_FALSE(sorter.next(none));
  return out;
}

TEST(RecordSorter, GivesTheSameForAnyMemory) {
  const TestFolder folder;
  for (int kind = 0; kind < 4; ++kind) {
    const std::vector<Row<3>> rows = draw<3>(30'000, kind, 5);
    const std::vector<Row<3>> expected = by_library(rows);
    // In memory; a few runs; 600 runs that are merged two at a time.
    for (const uint64_t memory : {uint64_t{10} << 20, uint64_t{200'000}, uint64_t{2400}}) {
      ASSERT_EQ(through_sorter(rows, memory, folder.path()), expected) << memory;
    }
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
  EXPECT_TRUE(through_sorter<2>({}, 1000, folder.path()).empty());
}

size_t anonymous_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string key; status >> key;) {
    size_t kilobytes = 0;
    if (key == "RssAnon:" && status >> kilobytes) return kilobytes * 1024;
  }
  ADD_FAILURE() << "no RssAnon in /proc/self/status";
  return 0;
}

TEST(RecordSorter, StaysWithinItsMemory) {
  const TestFolder folder;
  constexpr size_t kCount = 4'000'000;  // 64 MB
  const size_t before = anonymous_memory();
  size_t most = before;
  RecordSorter<Row<2>> sorter(folder.path(), 4'000'000);
  for (uint64_t i = 0; i < kCount; ++i) {
    sorter.add({{Random::mix(i + 1), i}});
    if (i % 100'000 == 0) most = std::max(most, anonymous_memory());
  }
  Row<2> row, last{{0, 0}};
  for (size_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(sorter.next(row));
    ASSERT_LT(last.words[0], row.words[0]);
    if (i % 100'000 == 0) most = std::max(most, anonymous_memory());
    last = row;
  }
  EXPECT_FALSE(sorter.next(row));
  EXPECT_LT(most - before, 12'000'000u);
}

}  // namespace
}  // namespace fundi::curate::dedup
