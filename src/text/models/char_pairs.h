#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fundi::text {

// A set of pairs of neighbouring characters.
class CharPairs {
 public:
  CharPairs() : ascii_(128 * 128), slots_(16), mask_(15) {}

  void add(char32_t left, char32_t right);
  bool contains(char32_t left, char32_t right) const {
    if (all_) return true;
    if ((left | right) < 128) return ascii_[left << 7 | right];
    const uint64_t key = key_of(left, right);
    for (size_t i = slot_of(key);; i = (i + 1) & mask_) {
      if (slots_[i] == key) return true;
      if (slots_[i] == 0) return false;
    }
  }
  void add_all() { all_ = true; }

 private:
  static uint64_t key_of(char32_t left, char32_t right) {
    return uint64_t{1} << 42 | uint64_t{left} << 21 | right;
  }
  size_t slot_of(uint64_t key) const {
    return static_cast<size_t>(key * 0x9E3779B97F4A7C15ULL >> 24) & mask_;
  }
  bool all_ = false;
  std::vector<bool> ascii_;
  std::vector<uint64_t> slots_;  // 0 is free
  size_t mask_, count_ = 0;
};

}  // namespace fundi::text
