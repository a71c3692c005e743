#include "tensor/cpu_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "base/text.h"

namespace fundi {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kCachedFrom = size_t{64} << 10;
constexpr size_t kHugePage = size_t{2} << 20;
constexpr size_t kHugeFrom = 2 * kHugePage;
constexpr size_t kLargest = std::numeric_limits<size_t>::max() / 4;
constexpr int64_t kCopyGrain = int64_t{1} << 20;

size_t round_up(size_t bytes, size_t unit) { return (bytes + unit - 1) / unit * unit; }

// Small blocks to the alignment; others to an eighth of their power of two, at least a page.
size_t block_size(size_t bytes) {
  if (bytes < kCachedFrom) return round_up(std::max<size_t>(bytes, 1), kAlignment);
  return round_up(bytes, std::max<size_t>(std::bit_floor(bytes) / 8, 4096));
}

void* map_pages(size_t size) {
  const size_t extra = size >= kHugeFrom ? kHugePage : 0;
  void* mapped =
      ::mmap(nullptr, size + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED) return nullptr;
  if (extra == 0) return mapped;
  // Huge pages need their own alignment: cut the block out of a larger mapping.
  char* begin = static_cast<char*>(mapped);
  char* block = begin + (kHugePage - reinterpret_cast<uintptr_t>(begin) % kHugePage) % kHugePage;
  if (block > begin) ::munmap(begin, static_cast<size_t>(block - begin));
  char* end = begin + size + extra;
  if (end > block + size) ::munmap(block + size, static_cast<size_t>(end - block - size));
  ::madvise(block, size, MADV_HUGEPAGE);  // a wish: refusal costs speed only
  return block;
}

class CpuMemory : public DeviceMemory {
 public:
  void* allocate(size_t bytes, int /*index*/) override {
    if (bytes > kLargest) out_of_memory(bytes);
    const size_t size = block_size(bytes);
    if (bytes < kCachedFrom) {
      void* data = std::aligned_alloc(kAlignment, size);
      if (data == nullptr) out_of_memory(bytes);
      const std::lock_guard lock(mutex_);
      count_live(size);
      return data;
    }
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = free_.find(size); found != free_.end()) {
        void* data = found->second.back().data;  // the youngest: its lines may still be in cache
        found->second.pop_back();
        if (found->second.empty()) free_.erase(found);
        stats_.cached_bytes -= size;
        ++stats_.reused;
        count_live(size);
        return data;
      }
      stats_.live_bytes += size;  // reserved now, so that others see it; a peak once it is ours
      const size_t peak = std::max(stats_.peak_bytes, stats_.live_bytes);
      evict_down_to(peak + peak / 8 - stats_.live_bytes);
    }
    void* data = map_pages(size);
    if (data == nullptr) {
      trim();
      data = map_pages(size);
    }
    const std::lock_guard lock(mutex_);
    if (data == nullptr) {
      stats_.live_bytes -= size;
      out_of_memory(bytes);
    }
    ++stats_.mapped;
    stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
    return data;
  }

  void release(void* data, size_t bytes, int /*index*/) noexcept override {
    if (data == nullptr) return;
    const size_t size = block_size(bytes);
    {
      const std::lock_guard lock(mutex_);
      stats_.live_bytes -= size;
      if (bytes >= kCachedFrom) {
        try {
          free_[size].push_back({data, clock_++});
          stats_.cached_bytes += size;
          return;
        } catch (...) {  // no memory to remember it by: give it back below
          if (const auto found = free_.find(size); found != free_.end() && found->second.empty()) {
            free_.erase(found);
          }
        }
      }
    }
    if (bytes < kCachedFrom) {
      std::free(data);
    } else {
      ::munmap(data, size);
    }
  }

  void copy_to_host(void* host, const void* device, size_t bytes, int /*index*/) override {
    copy(host, device, bytes);
  }
  void copy_from_host(void* device, const void* host, size_t bytes, int /*index*/) override {
    copy(device, host, bytes);
  }
  void set_zero(void* device, size_t bytes, int /*index*/) override {
    char* to = static_cast<char*>(device);
    parallel_ranges(
        static_cast<int64_t>(bytes),
        [&](int64_t begin, int64_t end, int) {
          std::memset(to + begin, 0, static_cast<size_t>(end - begin));
        },
        kCopyGrain);
  }

  void trim() {
    const std::lock_guard lock(mutex_);
    evict_down_to(0);
  }
  CpuMemoryStats stats() {
    const std::lock_guard lock(mutex_);
    return stats_;
  }

 private:
  struct Block {
    void* data;
    uint64_t released;  // when, in releases
  };

  [[noreturn]] static void out_of_memory(size_t bytes) {
    fail(ErrorCode::kIo,
         "out of memory: cannot allocate {}; use a smaller batch, sequence or model, or "
         "checkpointing",
         format_bytes(bytes));
  }

  static void copy(void* to, const void* from, size_t bytes) {
    parallel_ranges(
        static_cast<int64_t>(bytes),
        [&](int64_t begin, int64_t end, int) {
          std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                      static_cast<size_t>(end - begin));
        },
        kCopyGrain);
  }

  void count_live(size_t size) {
    stats_.live_bytes += size;
    stats_.peak_bytes = std::max(stats_.peak_bytes, stats_.live_bytes);
  }

  // Gives back the blocks that were released longest ago. Requires the lock.
  void evict_down_to(size_t bytes) {
    while (stats_.cached_bytes > bytes) {
      auto oldest = std::min_element(free_.begin(), free_.end(), [](const auto& a, const auto& b) {
        return a.second.front().released < b.second.front().released;
      });
      ::munmap(oldest->second.front().data, oldest->first);
      stats_.cached_bytes -= oldest->first;
      oldest->second.pop_front();
      if (oldest->second.empty()) free_.erase(oldest);
    }
  }

  std::mutex mutex_;
  std::map<size_t, std::deque<Block>> free_;  // by block size, oldest first
  uint64_t clock_ = 0;
  CpuMemoryStats stats_;
};

// Never destroyed: tensors in static storage may be released after any static of ours.
CpuMemory& instance() {
  static CpuMemory* memory = new CpuMemory();
  return *memory;
}

}  // namespace

DeviceMemory& cpu_memory() { return instance(); }

void trim_cpu_memory() { instance().trim(); }

CpuMemoryStats cpu_memory_stats() { return instance().stats(); }

}  // namespace fundi
