#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"

namespace fundi::text {

// A thread's memory of the words it encoded lately, for all tokenizers together: direct-mapped,
// fixed at 1.5 MB, so that hostile text can neither grow nor slow it.
class WordCache {
 public:
  static WordCache& of_this_thread() {
    thread_local WordCache cache;
    return cache;
  }

  struct Key {
    std::string_view word;
    uint32_t instance;  // of the tokenizer; never 0
    uint64_t hash;
  };
  static bool cacheable(std::string_view word) { return word.size() <= kMaxBytes; }
  static Key key(std::string_view word, uint32_t instance) {
    return {word, instance, hash64(word, instance)};
  }

  // Appends the ids and returns true where the word is known. Requires cacheable(word).
  bool find(const Key& key, std::vector<int32_t>& ids) const {
    const Entry& entry = entries_[key.hash % kEntries];
    if (entry.instance != key.instance || entry.length != key.word.size() ||
        std::memcmp(entry.bytes.data(), key.word.data(), key.word.size()) != 0) {
      return false;
    }
    ids.insert(ids.end(), entry.ids.begin(), entry.ids.begin() + entry.count);
    return true;
  }
  void put(const Key& key, std::span<const int32_t> ids) {
    if (ids.size() > kMaxIds) return;
    Entry& entry = entries_[key.hash % kEntries];
    entry.instance = key.instance;
    entry.length = static_cast<uint8_t>(key.word.size());
    entry.count = static_cast<uint8_t>(ids.size());
    std::memcpy(entry.bytes.data(), key.word.data(), key.word.size());
    std::copy(ids.begin(), ids.end(), entry.ids.begin());
  }

 private:
  static constexpr size_t kEntries = 1 << 14, kMaxBytes = 42, kMaxIds = 12;
  struct Entry {
    uint32_t instance = 0;
    uint8_t length = 0, count = 0;
    std::array<char, kMaxBytes> bytes;
    std::array<int32_t, kMaxIds> ids;
  };
  WordCache() : entries_(kEntries) {}
  std::vector<Entry> entries_;
};

}  // namespace fundi::text
