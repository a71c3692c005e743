#include "base/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <tuple>
#include <vector>

#include "base/error.h"

namespace fundi {
namespace {

using Ranges = std::set<std::tuple<int64_t, int64_t, int>>;

Ranges ranges_of(int64_t n, int64_t grain) {
  Ranges out;
  std::mutex mutex;
  parallel_ranges(
      n,
      [&](int64_t begin, int64_t end, int thread) {
        const std::lock_guard lock(mutex);
        out.emplace(begin, end, thread);
      },
      grain);
  return out;
}

class Parallel : public ::testing::Test {
 protected:
  Parallel() { set_thread_count(4); }
  ~Parallel() override { set_thread_count(before_); }
  int before_ = thread_count();
};

TEST_F(Parallel, RangesCoverInOrderAndAlignToTheGrain) {
  for (const int64_t n : {0, 1, 3, 4, 5, 64, 1000, 1001}) {
    for (const int64_t grain : {1, 7, 64, 5000}) {
      int64_t next = 0;
      int thread = 0;
      const Ranges ranges = ranges_of(n, grain);
      EXPECT_LE(ranges.size(), 4u);
      for (const auto& [begin, end, t] : ranges) {
        EXPECT_EQ(begin, next);
        EXPECT_EQ(begin % grain, 0);
        EXPECT_GT(end, begin);
        EXPECT_EQ(t, thread++);
        next = end;
      }
      EXPECT_EQ(next, n);
    }
  }
  EXPECT_EQ(ranges_of(100, 100).size(), 1u);
  EXPECT_EQ(ranges_of(101, 100).size(), 2u);
  EXPECT_TRUE(ranges_of(-1, 1).empty());
}

TEST_F(Parallel, NestedSplitIsTheSame) {
  const Ranges outside = ranges_of(1000, 8);
  parallel_ranges(4, [&](int64_t, int64_t, int) { EXPECT_EQ(ranges_of(1000, 8), outside); });
  parallel_each(4, [&](int64_t) { EXPECT_EQ(ranges_of(1000, 8), outside); });
  std::thread([&] { EXPECT_EQ(ranges_of(1000, 8), outside); }).join();
}

TEST_F(Parallel, EachRunsOnce) {
  std::vector<std::atomic<int>> hits(1000);
  parallel_each(1000, [&](int64_t i) { ++hits[i]; });
  for (const auto& hit : hits) EXPECT_EQ(hit, 1);
}

TEST_F(Parallel, ExceptionsComeOut) {
  const auto throw_at = [](int64_t i) {
    if (i >= 2) fail(ErrorCode::kCorruptData, "item {}", i);
  };
  try {
    parallel_ranges(4, [&](int64_t begin, int64_t, int) { throw_at(begin); });
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "item 2");  // of several the first, whoever was faster
  }
  EXPECT_THROW(parallel_each(100, throw_at), Error);
  set_thread_count(1);
  EXPECT_THROW(parallel_each(100, throw_at), Error);
  EXPECT_THROW(parallel_ranges(100, [&](int64_t, int64_t end, int) { throw_at(end); }), Error);
}

}  // namespace
}  // namespace fundi
