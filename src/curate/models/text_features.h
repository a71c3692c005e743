#pragma once

#include <cstdint>
#include <string_view>

#include "curate/models/folds.h"

namespace fundi::curate {

// Calls body(bucket) for each feature of a text, with repetitions: runs of 3, 4 and 5 folded
// characters (each space counts), words (runs of letters, marks and digits) and pairs of them.
// Characters enter by 12 bits; those of one script hardly ever share them. 2^bits buckets.
template <typename Body>
void for_each_feature(std::string_view text, int bits, Body body) {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15ULL;
  const Folds& folds = Folds::get();
  const int shift = 64 - bits;
  // Adding the length to the top tells "abc" from a longer run that begins with zeros.
  const auto bucket = [&](uint64_t value, uint64_t kind) {
    const uint64_t mixed = (value + (kind << 60)) * kOdd;
    return static_cast<uint32_t>((mixed ^ mixed >> 32) * kOdd >> shift);
  };
  uint64_t run = ' ', length = 1, word = 0, before = 0;
  const auto end_word = [&] {
    if (word == 0) return;
    body(bucket(word >> 4, 1));
    body(bucket((before * 3 + word) >> 4, 2));
    before = word;
    word = 0;
  };
  for_each_folded(text, [&](char32_t c) {
    const uint64_t code = c < 128 ? c : 128 + c % 3968;
    run = run << 12 | code;
    ++length;
    if (length >= 3) body(bucket(run & 0xFFFFFFFFFULL, 3));
    if (length >= 4) body(bucket(run & 0xFFFFFFFFFFFFULL, 4));
    if (length >= 5) body(bucket(run & 0xFFFFFFFFFFFFFFFULL, 5));
    if (folds.is_letter(c) || c == '0') {
      word = (word ^ code) * 0xD6E8FEB86659FD93ULL + 1;
    } else {
      end_word();
    }
  });
  end_word();
}

}  // namespace fundi::curate
