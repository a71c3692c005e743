#pragma once

#include <cstdint>
#include <vector>

#include "text/token_table.h"

namespace fundi::text {

// The merge loop of byte pair encoding: repeatedly joins the pair of lowest rank, the leftmost of
// several. Short words by scanning an array, long ones by a linked list with a priority queue
// (n log n).
void merge_symbols(const MergeTable& merges, std::vector<int32_t>& symbols);

// Words that are tokens already ("ignore_merges").
struct WholeWords {
  TokenTable words;
  TokenIndex index;
  int32_t find(std::string_view word) const { return index.find(words, word); }
};

}  // namespace fundi::text
