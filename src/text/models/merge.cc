#include "text/models/merge.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <queue>

namespace fundi::text {
namespace {

constexpr size_t kShortWord = 32;  // symbols; beyond it the queue wins over scanning

void merge_short(const MergeTable& table, std::vector<int32_t>& symbols) {
  size_t n = symbols.size();
  if (n < 2) return;
  std::array<MergeTable::Merge, kShortWord> merges;  // of symbols i and i + 1
  for (size_t i = 0; i + 1 < n; ++i) merges[i] = table.find(symbols[i], symbols[i + 1]);
  while (n > 1) {
    size_t best = 0;
    for (size_t i = 1; i + 1 < n; ++i) {
      if (merges[i].rank < merges[best].rank) best = i;
    }
    if (merges[best].rank == MergeTable::kNoRank) break;
    symbols[best] = merges[best].id;
    std::copy(symbols.begin() + static_cast<ptrdiff_t>(best) + 2,
              symbols.begin() + static_cast<ptrdiff_t>(n),
              symbols.begin() + static_cast<ptrdiff_t>(best) + 1);
    --n;
    std::copy(merges.begin() + best + 1, merges.begin() + n, merges.begin() + best);
    if (best + 1 < n) merges[best] = table.find(symbols[best], symbols[best + 1]);
    if (best > 0) merges[best - 1] = table.find(symbols[best - 1], symbols[best]);
  }
  symbols.resize(n);
}

void merge_long(const MergeTable& table, std::vector<int32_t>& symbols) {
  struct Node {
    int64_t previous, next;   // -1: none
    MergeTable::Merge merge;  // with the next; no rank once the node is gone
  };
  struct Candidate {
    int32_t rank;
    int64_t position;
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : position > other.position;
    }
  };
  const auto n = static_cast<int64_t>(symbols.size());
  std::vector<Node> nodes(symbols.size());
  std::vector<Candidate> initial;
  const auto at = [&](int64_t i) -> Node& { return nodes[static_cast<size_t>(i)]; };
  const auto symbol = [&](int64_t i) -> int32_t& { return symbols[static_cast<size_t>(i)]; };
  for (int64_t i = 0; i < n; ++i) {
    at(i) = {i - 1, i + 1 < n ? i + 1 : -1, {}};
    if (i + 1 < n) at(i).merge = table.find(symbol(i), symbol(i + 1));
    if (at(i).merge.rank != MergeTable::kNoRank) initial.push_back({at(i).merge.rank, i});
  }
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue(std::greater<>{},
                                                                               std::move(initial));
  const auto refresh = [&](int64_t i) {
    at(i).merge =
        at(i).next < 0 ? MergeTable::Merge{} : table.find(symbol(i), symbol(at(i).next));
    if (at(i).merge.rank != MergeTable::kNoRank) queue.push({at(i).merge.rank, i});
  };
  while (!queue.empty()) {
    const auto [rank, i] = queue.top();
    queue.pop();
    // A candidate whose pair has changed meanwhile; the new pair, if any, has its own.
    if (at(i).merge.rank != rank) continue;
    symbol(i) = at(i).merge.id;
    const int64_t gone = at(i).next;
    at(gone).merge = {};
    at(i).next = at(gone).next;
    if (at(i).next >= 0) at(at(i).next).previous = i;
    refresh(i);
    if (at(i).previous >= 0) refresh(at(i).previous);
  }
  size_t kept = 0;
  for (int64_t i = 0; i >= 0; i = at(i).next) symbols[kept++] = symbol(i);
  symbols.resize(kept);
}

}  // namespace

void merge_symbols(const MergeTable& merges, std::vector<int32_t>& symbols) {
  if (symbols.size() <= kShortWord) {
    merge_short(merges, symbols);
  } else {
    merge_long(merges, symbols);
  }
}

}  // namespace fundi::text
