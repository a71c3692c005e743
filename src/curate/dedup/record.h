#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace fundi::curate::dedup {

// What sorts and shuffles move: a struct of 64-bit words (uint64_t members, first member first).
// Records are ordered by their words, the first word first: a total order, so that whatever is
// sorted comes out the same bytes.
template <typename R>
concept FixedRecord = std::is_trivially_copyable_v<R> &&
                          std::has_unique_object_representations_v<R> && alignof(R) == 8 &&
                      sizeof(R) % 8 == 0 && sizeof(R) <= 64;

template <FixedRecord R>
uint64_t record_word(const R& record, size_t index) {
  uint64_t word;
  std::memcpy(&word, reinterpret_cast<const char*>(&record) + index * 8, 8);
  return word;
}

template <FixedRecord R>
bool record_less(const R& a, const R& b) {
  for (size_t i = 0; i < sizeof(R) / 8; ++i) {
    const uint64_t x = record_word(a, i), y = record_word(b, i);
    if (x != y) return x < y;
  }
  return false;
}

}  // namespace fundi::curate::dedup
