#include "data/token_rows.h"

#include <algorithm>
#include <exception>
#include <limits>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "data/jsonl.h"

namespace fundi::data {
namespace {

template <typename T>
std::span<const T> slice(const std::vector<T>& values, const std::vector<int64_t>& ends,
                         int64_t row) {
  const auto i = static_cast<size_t>(row);
  const auto begin = static_cast<size_t>(i == 0 ? 0 : ends[i - 1]);
  return std::span(values).subspan(begin, static_cast<size_t>(ends[i]) - begin);
}

template <typename T>
uint64_t hash_of(const std::vector<T>& values, uint64_t seed) {
  return hash64({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}, seed);
}

// Rows that are tokenised together: enough to keep the threads busy, few enough to hold as JSON.
constexpr size_t kBlock = 1024;

struct Pending {
  Json json;
  int64_t line = 0;
  TokenRow row{};
  std::optional<Error> error{};  // kept, so that the first line in error is the one reported
};

bool learns(const TokenRow& row) {
  return std::any_of(row.loss.begin(), row.loss.end(),
                     [](const TokenRange& range) { return range.end > std::max(range.begin, 1); });
}

void encode(Pending& pending, const RowEncoder& encoder) {
  try {
    pending.row = encoder(pending.json);
  } catch (const Error& e) {
    pending.error = e;
  }
  pending.json = {};
}

void truncate(TokenRow& row, int64_t length) {
  row.tokens.resize(static_cast<size_t>(length));
  const auto end = static_cast<int32_t>(length);
  while (!row.loss.empty() && row.loss.back().begin >= end) row.loss.pop_back();
  if (!row.loss.empty()) row.loss.back().end = std::min(row.loss.back().end, end);
}

// Appends one tokenised row under the rules of `options`.
void take(Pending& pending, const fs::path& file, const ReadTokenRowsOptions& options,
          ReadTokenRowsCounts& counts, TokenRows& rows) {
  const auto where = [&] { return fmt::format("{}:{}", file.string(), pending.line); };
  if (pending.error) {
    fail(pending.error->code(), "{}: {}", where(), pending.error->what());
  }
  TokenRow& row = pending.row;
  if (!learns(row)) {
    if (options.skip_empty) {
      ++counts.empty;
      return;
    }
    fail(ErrorCode::kInvalidArgument,
         "{}: no token of this row would be learned; is its text or completion empty?", where());
  }
  const auto length = static_cast<int64_t>(row.tokens.size());
  if (options.max_length > 0 && length > options.max_length) {
    truncate(row, options.max_length);
    ++counts.truncated;
    if (!learns(row)) {
      fail(ErrorCode::kInvalidArgument,
           "{}: cut to max_length {}, nothing of this row's {} tokens is left to learn; raise "
           "max_length, or remove the row",
           where(), options.max_length, length);
    }
  }
  rows.append(row);
}

}  // namespace

void TokenRows::append(const TokenRow& row) {
  if (row.tokens.size() > std::numeric_limits<int32_t>::max()) {
    fail(ErrorCode::kInvalidArgument, "a row has {} tokens; at most 2147483647 are possible",
         row.tokens.size());
  }
  tokens_.insert(tokens_.end(), row.tokens.begin(), row.tokens.end());
  ranges_.insert(ranges_.end(), row.loss.begin(), row.loss.end());
  token_ends_.push_back(static_cast<int64_t>(tokens_.size()));
  range_ends_.push_back(static_cast<int64_t>(ranges_.size()));
}

std::span<const int32_t> TokenRows::tokens(int64_t row) const {
  return slice(tokens_, token_ends_, row);
}

std::span<const TokenRange> TokenRows::loss(int64_t row) const {
  return slice(ranges_, range_ends_, row);
}

std::span<const int32_t> TokenRows::tokens(const Piece& piece) const {
  return tokens(piece.row).subspan(static_cast<size_t>(piece.begin),
                                   static_cast<size_t>(piece.count));
}

int64_t TokenRows::target_count(const Piece& piece) const {
  int64_t count = 0;
  const int32_t first = piece.begin + 1, last = piece.begin + piece.count;
  for (const TokenRange& range : loss(piece.row)) {
    count += std::max(0, std::min(range.end, last) - std::max(range.begin, first));
  }
  return count;
}

ReadTokenRowsCounts read_token_rows(const std::vector<std::filesystem::path>& files,
                                    const RowEncoder& encoder, const ReadTokenRowsOptions& options,
                                    TokenRows& rows) {
  ReadTokenRowsCounts counts;
  std::vector<Pending> block;
  for (const fs::path& file : files) {
    JsonlReader reader(file);
    JsonlRow row;
    bool more = true;
    while (more) {
      block.clear();
      std::exception_ptr broken;
      try {
        while (block.size() < kBlock && (more = reader.next(row))) {
          block.push_back({.json = std::move(row.json), .line = row.line});
        }
      } catch (const Error&) {
        broken = std::current_exception();  // after the errors of the lines before it
      }
      parallel_each(static_cast<int64_t>(block.size()),
                    [&](int64_t i) { encode(block[static_cast<size_t>(i)], encoder); });
      for (Pending& pending : block) take(pending, file, options, counts, rows);
      if (broken) std::rethrow_exception(broken);
    }
  }
  return counts;
}

uint64_t TokenRows::fingerprint() const {
  return hash_of(range_ends_, hash_of(token_ends_, hash_of(ranges_, hash_of(tokens_, 0))));
}

}  // namespace fundi::data
