#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fundi::curate {

// A set of 64-bit hashes by open addressing that keeps its memory from one document to the next.
// Two things are taken for equal if their hashes are; every slot is numbered, for what is kept
// beside it.
class HashSet {
 public:
  // Empties it and makes room for `n` hashes.
  void reset(size_t n) {
    const size_t size = std::bit_ceil(std::max<size_t>(16, n * 2));
    shift_ = 64 - std::countr_zero(size);
    // A huge document must not make every later small one clear its table.
    if (slots_.size() < size) slots_.resize(size);
    std::fill_n(slots_.begin(), size, 0);
    mask_ = size - 1;
  }

  // The slot of a hash, and whether it is a new one. Less than `n` of reset() are in already.
  struct Slot {
    size_t index;
    bool inserted;
  };
  Slot find_or_insert(uint64_t hash) {
    hash += hash == 0;  // 0 marks an empty slot
    // The multiplication spreads hashes whose upper bits do not differ.
    size_t slot = (hash * 0x9E3779B97F4A7C15ULL) >> shift_;
    while (slots_[slot] != 0) {
      if (slots_[slot] == hash) return {slot, false};
      slot = (slot + 1) & mask_;
    }
    slots_[slot] = hash;
    return {slot, true};
  }
  bool insert(uint64_t hash) { return find_or_insert(hash).inserted; }
  size_t slots() const { return mask_ + 1; }

 private:
  std::vector<uint64_t> slots_;
  size_t mask_ = 0;
  int shift_ = 0;
};

}  // namespace fundi::curate
