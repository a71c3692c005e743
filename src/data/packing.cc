#include "data/packing.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/error.h"

namespace fundi::data {
namespace {

void check_items(std::span<const PackItem> items, int64_t max_length, bool whole) {
  if (max_length <= 0) {
    fail(ErrorCode::kInvalidArgument, "packing: max_length is {}, must be positive", max_length);
  }
  for (const PackItem& item : items) {
    if (item.length > 0 && (!whole || item.length <= max_length)) continue;
    fail(ErrorCode::kInvalidArgument, "packing: row {} has {} tokens, must be 1 to {}", item.row,
         item.length, max_length);
  }
}

// Indices of items from the longest to the shortest; equal lengths keep their order.
std::vector<int64_t> by_decreasing_length(std::span<const PackItem> items, int64_t max_length) {
  std::vector<int64_t> starts(static_cast<size_t>(max_length) + 1, 0);
  for (const PackItem& item : items) ++starts[static_cast<size_t>(max_length - item.length)];
  std::exclusive_scan(starts.begin(), starts.end(), starts.begin(), int64_t{0});
  std::vector<int64_t> order(items.size());
  for (size_t i = 0; i < items.size(); ++i) {
    const auto key = static_cast<size_t>(max_length - items[i].length);
    order[static_cast<size_t>(starts[key]++)] = static_cast<int64_t>(i);
  }
  return order;
}

}  // namespace

std::span<const Piece> Packing::bin(int64_t index) const {
  const auto i = static_cast<size_t>(index);
  const auto begin = static_cast<size_t>(i == 0 ? 0 : ends_[i - 1]);
  return std::span(pieces_).subspan(begin, static_cast<size_t>(ends_[i]) - begin);
}

int64_t Packing::tokens(int64_t index) const {
  int64_t sum = 0;
  for (const Piece& piece : bin(index)) sum += piece.count;
  return sum;
}

int64_t Packing::tokens() const {
  int64_t sum = 0;
  for (const Piece& piece : pieces_) sum += piece.count;
  return sum;
}

void Packing::close() {
  const auto end = static_cast<int64_t>(pieces_.size());
  if (end > (ends_.empty() ? 0 : ends_.back())) ends_.push_back(end);
}

Packing pack_best_fit(std::span<const PackItem> items, int64_t max_length) {
  check_items(items, max_length, true);
  // The bin of each item first, then a counting sort by bin: no vector for each bin.
  std::map<int64_t, std::vector<int64_t>> open;  // room left -> bins with that much
  std::vector<int64_t> bin_of(items.size());
  const std::vector<int64_t> order = by_decreasing_length(items, max_length);
  int64_t bins = 0;
  for (const int64_t index : order) {
    const int64_t length = items[static_cast<size_t>(index)].length;
    int64_t bin = bins, room = max_length;
    if (const auto found = open.lower_bound(length); found != open.end()) {
      room = found->first;
      bin = found->second.back();
      found->second.pop_back();
      if (found->second.empty()) open.erase(found);
    } else {
      ++bins;
    }
    bin_of[static_cast<size_t>(index)] = bin;
    if (room > length) open[room - length].push_back(bin);
  }
  std::vector<int64_t> starts(static_cast<size_t>(bins) + 1, 0);
  for (const int64_t bin : bin_of) ++starts[static_cast<size_t>(bin) + 1];
  std::partial_sum(starts.begin(), starts.end(), starts.begin());
  std::vector<int64_t> sorted(items.size());
  std::vector<int64_t> next(starts.begin(), starts.end() - 1);
  for (const int64_t index : order) {
    const auto bin = static_cast<size_t>(bin_of[static_cast<size_t>(index)]);
    sorted[static_cast<size_t>(next[bin]++)] = index;
  }
  Packing packing;
  for (size_t bin = 0; bin < static_cast<size_t>(bins); ++bin) {
    for (int64_t i = starts[bin]; i < starts[bin + 1]; ++i) {
      const PackItem& item = items[static_cast<size_t>(sorted[static_cast<size_t>(i)])];
      packing.add({.row = item.row, .begin = 0, .count = item.length});
    }
    packing.close();
  }
  return packing;
}

Packing pack_contiguous(std::span<const PackItem> items, int64_t max_length) {
  check_items(items, max_length, false);
  Packing packing;
  int64_t room = max_length;
  for (const PackItem& item : items) {
    for (int32_t begin = 0; begin < item.length;) {
      const auto count = static_cast<int32_t>(std::min<int64_t>(room, item.length - begin));
      packing.add({.row = item.row, .begin = begin, .count = count});
      begin += count;
      room -= count;
      if (room > 0) continue;
      packing.close();
      room = max_length;
    }
  }
  packing.close();
  return packing;
}

Packing pack_single(std::span<const PackItem> items, int64_t max_length) {
  check_items(items, max_length, true);
  Packing packing;
  for (const PackItem& item : items) {
    packing.add({.row = item.row, .begin = 0, .count = item.length});
    packing.close();
  }
  return packing;
}

}  // namespace fundi::data
