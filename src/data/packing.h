#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace fundi::data {

// A row that is to be packed, and its length in tokens (positive).
struct PackItem {
  int64_t row = 0;
  int32_t length = 0;
};

// Tokens [begin, begin + count) of a row. In a bin it is a document of its own: positions start at
// zero and attention sees nothing outside.
struct Piece {
  int64_t row = 0;
  int32_t begin = 0;
  int32_t count = 0;
  bool operator==(const Piece&) const = default;
};

// Bins of pieces, each at most max_length tokens: the sequences that training draws from. 16 bytes
// a piece, 8 a bin, whatever the length of the texts.
class Packing {
 public:
  int64_t size() const { return static_cast<int64_t>(ends_.size()); }
  std::span<const Piece> bin(int64_t index) const;
  int64_t tokens(int64_t index) const;  // of one bin
  int64_t tokens() const;               // of all

  // Adds a piece to the bin under construction; close() ends it (an empty one is not kept).
  void add(const Piece& piece) { pieces_.push_back(piece); }
  void close();

 private:
  std::vector<Piece> pieces_;
  std::vector<int64_t> ends_;  // one past the last piece of each bin
};

// All three throw kInvalidArgument where max_length is not positive, or an item's length is not in
// [1, max_length] (pack_contiguous: not positive).

// Best-fit decreasing: the longest items first, each whole into the fullest bin that still has room
// (Johnson 1974, at most 11/9 of the optimum + 1; for training: Ding et al. 2024,
// arXiv:2404.10830). O(n log max_length); ties go by the order of the items.
Packing pack_best_fit(std::span<const PackItem> items, int64_t max_length);

// Items laid end to end and cut every max_length tokens: all bins but the last are full, and an
// item that is cut goes on in the next bin as a piece of its own. For pretraining.
Packing pack_contiguous(std::span<const PackItem> items, int64_t max_length);

// One item a bin.
Packing pack_single(std::span<const PackItem> items, int64_t max_length);

}  // namespace fundi::data
