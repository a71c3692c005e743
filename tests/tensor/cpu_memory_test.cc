#include "tensor/cpu_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace fundi {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

class CpuMemory : public ::testing::Test {
 protected:
  CpuMemory() { trim_cpu_memory(); }
  DeviceMemory& memory_ = cpu_memory();
};

TEST_F(CpuMemory, AlignedAndWritable) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{63}, size_t{65535}, size_t{65536},
                             size_t{65537}, 3 * kMiB, 9 * kMiB + 1}) {
    void* data = memory_.allocate(bytes, 0);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0u) << bytes;
    std::memset(data, 1, bytes);
    memory_.release(data, bytes, 0);
  }
  memory_.release(nullptr, 100, 0);
}

TEST_F(CpuMemory, StepsReuseTheirBlocks) {
  const CpuMemoryStats before = cpu_memory_stats();
  for (int step = 0; step < 10; ++step) {
    std::vector<std::pair<void*, size_t>> blocks;
    for (size_t i = 1; i <= 8; ++i) blocks.emplace_back(memory_.allocate(i * kMiB, 0), i * kMiB);
    for (const auto& [data, bytes] : blocks) memory_.release(data, bytes, 0);
  }
  const CpuMemoryStats after = cpu_memory_stats();
  EXPECT_EQ(after.mapped - before.mapped, 8u);
  EXPECT_EQ(after.reused - before.reused, 72u);
  EXPECT_EQ(after.live_bytes, before.live_bytes);
  EXPECT_EQ(after.cached_bytes, 36 * kMiB);
  trim_cpu_memory();
  EXPECT_EQ(cpu_memory_stats().cached_bytes, 0u);
}

TEST_F(CpuMemory, KeepingNeverRaisesThePeak) {
  Random random(5);
  for (int i = 0; i < 400; ++i) {  // ever other sizes, one at a time: nothing fits what is kept
    const size_t bytes = 65536 + random.below(4 * kMiB);
    memory_.release(memory_.allocate(bytes, 0), bytes, 0);
    const CpuMemoryStats stats = cpu_memory_stats();
    ASSERT_LE(stats.live_bytes + stats.cached_bytes, stats.peak_bytes + stats.peak_bytes / 8);
  }
}

TEST_F(CpuMemory, ExhaustionIsAnError) {
  const CpuMemoryStats before = cpu_memory_stats();
  for (const size_t bytes : {SIZE_MAX, SIZE_MAX / 2, SIZE_MAX / 8}) {
    try {
      memory_.allocate(bytes, 0);
      FAIL();
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kIo);
      EXPECT_NE(std::strstr(e.what(), "out of memory"), nullptr);
    }
  }
  EXPECT_EQ(cpu_memory_stats().live_bytes, before.live_bytes);
  EXPECT_EQ(cpu_memory_stats().peak_bytes, before.peak_bytes);
}

TEST_F(CpuMemory, ThreadsGetBlocksOfTheirOwn) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      Random random(9, t);
      for (int i = 0; i < 300; ++i) {
        const size_t bytes = 1 + random.below(300'000);
        auto* data = static_cast<unsigned char*>(memory_.allocate(bytes, 0));
        std::memset(data, t, bytes);
        for (size_t j = 0; j < bytes; j += 997) ASSERT_EQ(data[j], t);
        memory_.release(data, bytes, 0);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

TEST_F(CpuMemory, CopiesAndZeroes) {
  std::vector<char> host(5 * kMiB, 'x'), back(5 * kMiB);
  void* data = memory_.allocate(host.size(), 0);
  memory_.copy_from_host(data, host.data(), host.size(), 0);
  memory_.copy_to_host(back.data(), data, back.size(), 0);
  EXPECT_TRUE(back == host);
  memory_.set_zero(data, host.size() - 1, 0);
  memory_.copy_to_host(back.data(), data, back.size(), 0);
  EXPECT_EQ(std::count(back.begin(), back.end(), '\0'), static_cast<long>(back.size()) - 1);
  EXPECT_EQ(back.back(), 'x');
  memory_.release(data, host.size(), 0);
}

}  // namespace
}  // namespace fundi
