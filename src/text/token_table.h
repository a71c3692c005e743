#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::text {

// Strings by id, in one block of memory.
class TokenTable {
 public:
  static constexpr int32_t kNone = -1;

  // Ids must be set before they are read; each at most once. Empty strings are kept apart from
  // absent ones.
  void set(int32_t id, std::string_view token);
  bool has(int32_t id) const {
    return id >= 0 && id < size() && spans_[static_cast<size_t>(id)].length != kAbsent;
  }
  // Requires has(id).
  std::string_view at(int32_t id) const {
    const Span& span = spans_[static_cast<size_t>(id)];
    return std::string_view(bytes_).substr(span.offset, span.length);
  }
  int32_t size() const { return static_cast<int32_t>(spans_.size()); }  // largest id + 1

 private:
  static constexpr uint32_t kAbsent = ~uint32_t{0};
  struct Span {
    uint32_t offset = 0;
    uint32_t length = kAbsent;
  };
  std::string bytes_;
  std::vector<Span> spans_;
};

// Ids by string: open addressing over a table that outlives it (passed to each call, so that both
// can move together).
class TokenIndex {
 public:
  // Returns false where an equal string is already there.
  bool insert(const TokenTable& table, int32_t id);
  int32_t find(const TokenTable& table, std::string_view token) const;  // kNone where absent

 private:
  struct Slot {
    uint32_t tag = 0;
    int32_t id = TokenTable::kNone;
  };
  void grow(const TokenTable& table);
  std::vector<Slot> slots_;
  size_t count_ = 0;
};

// From a pair of ids to what it merges into.
class MergeTable {
 public:
  struct Merge {
    int32_t rank = kNoRank;  // lower merges first
    int32_t id = TokenTable::kNone;
  };
  static constexpr int32_t kNoRank = INT32_MAX;

  void reserve(size_t merges);  // the table never grows: call it first
  void set(int32_t left, int32_t right, Merge merge);
  Merge find(int32_t left, int32_t right) const {
    if (slots_.empty()) return {};
    const uint64_t key = key_of(left, right);
    for (size_t i = slot_of(key);; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return slots_[i].merge;
      if (slots_[i].key == kEmpty) return {};
    }
  }

 private:
  static constexpr uint64_t kEmpty = ~uint64_t{0};
  struct Slot {
    uint64_t key = kEmpty;
    Merge merge;
  };
  static uint64_t key_of(int32_t left, int32_t right) {
    return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 | static_cast<uint32_t>(right);
  }
  size_t slot_of(uint64_t key) const {
    return static_cast<size_t>((key ^ key >> 29) * 0x9E3779B97F4A7C15ULL >> 20) & mask_;
  }
  std::vector<Slot> slots_;
  size_t mask_ = 0;
};

}  // namespace fundi::text
