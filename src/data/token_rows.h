#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <vector>

#include "base/json.h"
#include "data/packing.h"

namespace fundi::data {

// Positions [begin, end) of a row whose tokens are learned: they carry loss.
struct TokenRange {
  int32_t begin = 0;
  int32_t end = 0;
  bool operator==(const TokenRange&) const = default;
};

// A tokenised row. The ranges ascend and do not touch. The first token of a row has nothing before
// it that could predict it, so a range that holds position 0 has no loss there.
struct TokenRow {
  std::vector<int32_t> tokens;
  std::vector<TokenRange> loss;
};

// Many rows in flat vectors: 4 bytes a token, 8 a range and 16 a row.
class TokenRows {
 public:
  void append(const TokenRow& row);
  int64_t size() const { return static_cast<int64_t>(token_ends_.size()); }
  int64_t token_count() const { return static_cast<int64_t>(tokens_.size()); }
  std::span<const int32_t> tokens(int64_t row) const;
  std::span<const TokenRange> loss(int64_t row) const;

  std::span<const int32_t> tokens(const Piece& piece) const;
  // Tokens of the piece that are learned, its first excepted.
  int64_t target_count(const Piece& piece) const;
  // Calls visit(position) for each of them, positions counted within the piece and ascending.
  template <typename Visit>
  void each_target(const Piece& piece, const Visit& visit) const;

  // Equal for equal rows: to notice that data or tokenizer changed since a checkpoint.
  uint64_t fingerprint() const;

 private:
  std::vector<int32_t> tokens_;
  std::vector<TokenRange> ranges_;
  std::vector<int64_t> token_ends_, range_ends_;
};

// A row of JSON as tokens. Called from several threads. Throws Error with a message that names the
// key; read_token_rows puts file and line before it.
using RowEncoder = std::function<TokenRow(const Json& row)>;

struct ReadTokenRowsOptions {
  int64_t max_length = 0;   // longer rows are cut to it; 0: never
  bool skip_empty = false;  // rows without any token to learn are left out, not an error
};

struct ReadTokenRowsCounts {
  int64_t truncated = 0;  // rows that were cut
  int64_t empty = 0;      // rows left out by skip_empty
};

// Appends the rows of JSONL files, tokenised by all threads, in the order of the files. Throws what
// reading throws (kNotFound, kCorruptData) and, naming file and line, what the encoder throws, and
// kInvalidArgument for a row without a token to learn.
ReadTokenRowsCounts read_token_rows(const std::vector<std::filesystem::path>& files,
                                    const RowEncoder& encoder, const ReadTokenRowsOptions& options,
                                    TokenRows& rows);

template <typename Visit>
void TokenRows::each_target(const Piece& piece, const Visit& visit) const {
  const int32_t first = piece.begin + 1, last = piece.begin + piece.count;
  for (const TokenRange& range : loss(piece.row)) {
    const int32_t end = range.end < last ? range.end : last;
    for (int32_t i = range.begin > first ? range.begin : first; i < end; ++i)
      visit(i - piece.begin);
  }
}

}  // namespace fundi::data
