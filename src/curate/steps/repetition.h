#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "curate/steps/hash_set.h"
#include "curate/words/words.h"

namespace fundi::curate {

// Counts the n-grams of words that occur more than once, in characters. Every word is hashed once,
// an n-gram's hash is made of prefix sums, and only n-grams whose two (n-1)-grams occur again are
// looked at: in running text few are left after the first level. Keeps its memory.
class Repetition {
 public:
  // `least` (at least 1): the smallest n that will be asked about.
  void reset(std::string_view text, std::span<const Word> words, size_t least);

  struct Grams {
    // Characters of all occurrences of the most frequent n-gram (the first such one), blanks
    // between its words included; also of one that occurs once. 0 with less than n words.
    size_t top_characters = 0;
    // Characters of n-grams seen before when going through the text, without blanks; from a hit the
    // way goes on n words further.
    size_t duplicate_characters = 0;
  };
  Grams ask(size_t n);  // n >= least, in any order

 private:
  uint64_t hash_of(size_t begin, size_t n) const;
  size_t characters_of(size_t begin, size_t n) const {
    return characters_[begin + n] - characters_[begin];
  }
  void next_level();
  void keep_repeated(size_t n);
  Grams measure(size_t n);

  size_t words_ = 0, least_ = 1, level_ = 0;
  std::vector<uint64_t> hashes_;      // prefix hashes
  std::vector<uint32_t> characters_;  // prefix sums
  std::vector<uint64_t> powers_;
  std::vector<Grams> grams_;  // of the levels from least_ to level_
  struct Gram {
    uint32_t begin, slot;
  };
  std::vector<Gram> repeated_;  // n-grams of level_ that occur more than once, by begin
  HashSet set_;
  std::vector<uint32_t> counts_;  // beside the set's slots
};

}  // namespace fundi::curate
