#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace fundi::text {

// A trie over bytes with a value of 0 or more at the end of each key. Memory is linear in the bytes
// of the keys. Immutable while it is read.
class ByteTrie {
 public:
  static constexpr uint32_t kRoot = 0;
  static constexpr uint32_t kNowhere = UINT32_MAX;
  static constexpr int32_t kNone = -1;

  ByteTrie();
  bool empty() const { return values_.size() == 1; }
  // Returns false, and keeps the old value, where the key is there already. Keys are not empty.
  bool insert(std::string_view key, int32_t value);

  uint32_t step(uint32_t node, unsigned char byte) const {
    if (node == kRoot) return first_[byte];
    const uint64_t key = edge(node, byte);
    for (size_t i = slot_of(key);; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return slots_[i].node;
      if (slots_[i].key == 0) return kNowhere;
    }
  }
  int32_t value(uint32_t node) const { return values_[node]; }

  int32_t find(std::string_view key) const;
  struct Prefix {
    size_t length;
    int32_t value;  // kNone: there is no such prefix
  };
  // The longest key that `text` begins with.
  Prefix longest_prefix(std::string_view text) const;

 private:
  struct Slot {
    uint64_t key = 0;  // 0: free, for the root's edges are not here
    uint32_t node = 0;
  };
  static uint64_t edge(uint32_t node, unsigned char byte) { return uint64_t{node} << 8 | byte; }
  size_t slot_of(uint64_t key) const {
    return static_cast<size_t>(key * 0x9E3779B97F4A7C15ULL >> 24) & mask_;
  }
  void grow();

  std::array<uint32_t, 256> first_;
  std::vector<int32_t> values_ = {kNone};  // by node
  std::vector<Slot> slots_;
  size_t mask_ = 0, edges_ = 0;
};

}  // namespace fundi::text
