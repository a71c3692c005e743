#pragma once

#include <hwy/aligned_allocator.h>

#include <cstdint>

namespace fundi::cpu {

// Working memory that stays with its owner (a thread) from call to call; aligned, uninitialised.
template <typename T>
class Scratch {
 public:
  // Memory of at least n elements; what an earlier call returned is no longer valid.
  T* reserve(int64_t n) {
    if (n > size_) {
      data_ = hwy::AllocateAligned<T>(static_cast<size_t>(n));
      size_ = n;
    }
    return data_.get();
  }

 private:
  hwy::AlignedFreeUniquePtr<T[]> data_;
  int64_t size_ = 0;
};

}  // namespace fundi::cpu
