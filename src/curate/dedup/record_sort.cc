#include "curate/dedup/record_sort.h"

#include <array>
#include <bit>
#include <cassert>
#include <cstring>

namespace fundi::curate::dedup {
namespace {

constexpr size_t kSmall = 24;      // from here on insertion is faster than counting
constexpr unsigned kMaxBits = 10;  // of a digit: 1024 streams to write to are what the TLB bears

template <size_t W>
struct [[gnu::may_alias]] Row {
  uint64_t words[W];
  bool operator<(const Row& other) const {
    for (size_t i = 0; i < W; ++i) {
      if (words[i] != other.words[i]) return words[i] < other.words[i];
    }
    return false;
  }
};

template <size_t W>
void insertion_sort(Row<W>* rows, size_t count) {
  for (size_t i = 1; i < count; ++i) {
    const Row<W> row = rows[i];
    size_t at = i;
    for (; at > 0 && row < rows[at - 1]; --at) rows[at] = rows[at - 1];
    rows[at] = row;
  }
}

// The digit at which records are told apart: it begins at the first bit in which they differ, so
// that keys with common beginnings (small numbers, one key for many) cost no empty rounds.
struct Digit {
  size_t word;
  unsigned shift, bits;
};

template <size_t W>
bool find_digit(const Row<W>* rows, size_t count, Digit& digit) {
  std::array<uint64_t, W> differing{};
  for (size_t i = 1; i < count; ++i) {
    for (size_t w = 0; w < W; ++w) differing[w] |= rows[i].words[w] ^ rows[0].words[w];
  }
  for (size_t w = 0; w < W; ++w) {
    if (differing[w] == 0) continue;
    const auto top = static_cast<unsigned>(std::bit_width(differing[w]));
    // Down to some 16 a digit in as few levels as can be, of the same size.
    const auto useful = static_cast<unsigned>(std::bit_width(count / 16));
    const unsigned levels = (useful + kMaxBits - 1) / kMaxBits;
    digit.word = w;
    digit.bits = std::min((useful + levels - 1) / levels, top);
    digit.shift = top - digit.bits;
    return true;
  }
  return false;
}

// Most significant digit first, each level from one array into the other; the sorted rows come to
// stand in `rows`, or in `other` if `swapped`.
template <size_t W>
void radix_sort(Row<W>* rows, Row<W>* other, size_t count, bool swapped) {
  Digit digit;
  if (count <= kSmall || !find_digit(rows, count, digit)) {
    if (swapped) std::copy(rows, rows + count, other);
    if (count <= kSmall) insertion_sort(swapped ? other : rows, count);
    return;
  }
  const uint64_t mask = (uint64_t{1} << digit.bits) - 1;
  const auto digit_of = [&](const Row<W>& row) {
    return row.words[digit.word] >> digit.shift & mask;
  };
  std::array<size_t, (size_t{1} << kMaxBits) + 1> ends;
  std::fill_n(ends.begin(), mask + 2, 0);
  for (size_t i = 0; i < count; ++i) ++ends[digit_of(rows[i]) + 1];
  for (size_t d = 0; d <= mask; ++d) ends[d + 1] += ends[d];
  for (size_t i = 0; i < count; ++i) other[ends[digit_of(rows[i])]++] = rows[i];
  for (size_t d = 0, begin = 0; d <= mask; begin = ends[d++]) {
    if (const size_t n = ends[d] - begin; n > 0) {
      radix_sort(other + begin, rows + begin, n, !swapped);
    }
  }
}

template <size_t W>
void sort_as(void* records, void* scratch, size_t count) {
  radix_sort(static_cast<Row<W>*>(records), static_cast<Row<W>*>(scratch), count, false);
}

}  // namespace

void sort_rows(void* records, void* scratch, size_t count, size_t words) {
  using Sort = void (*)(void*, void*, size_t);
  static constexpr Sort kSorts[] = {sort_as<1>, sort_as<2>, sort_as<3>, sort_as<4>,
                                    sort_as<5>, sort_as<6>, sort_as<7>, sort_as<8>};
  assert(words >= 1 && words <= std::size(kSorts));
  kSorts[words - 1](records, scratch, count);
}

}  // namespace fundi::curate::dedup
