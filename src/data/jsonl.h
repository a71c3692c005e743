#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/json.h"
#include "data/json_rows.h"

namespace fundi::data {

struct JsonlRow {
  int64_t line = 0;  // from 1; of a list its number there
  Json json;         // an object
};

// Streams the rows of a JSONL file (json_rows.h): one JSON object a line, or the elements of one
// list, plain or packed by gzip or zstd. Memory: one row, at most kMaxRecord bytes. Throws
// kNotFound, kIo, and kCorruptData as "file:line: ..." for a row that is too long, not JSON or no
// object; reading may go on with the next row after that.
class JsonlReader {
 public:
  explicit JsonlReader(const std::filesystem::path& path) : rows_(path) {}

  // False at the end of the file; `row` is then unchanged.
  bool next(JsonlRow& row);
  // "file:line" of the row last read, for messages about it.
  std::string where() const;
  const std::filesystem::path& path() const { return rows_.path(); }

 private:
  Json parse(std::string_view text) const;
  JsonRows rows_;
};

// Writes rows that appear under `path` together when commit() is called, or not at all.
class JsonlWriter {
 public:
  explicit JsonlWriter(std::filesystem::path path) : file_(std::move(path)) {}
  // Throws kIo.
  void write(const Json& row);
  void commit() { file_.commit(); }
  int64_t rows() const { return rows_; }

 private:
  AtomicFile file_;
  int64_t rows_ = 0;
};

// The string under `key`. Throws kCorruptData starting with `where` ("file:line") if the key is
// missing or holds something else.
std::string require_string(const Json& row, std::string_view key, std::string_view where);
// Likewise, but `fallback` where the key is missing or null.
std::string optional_string(const Json& row, std::string_view key, std::string_view where,
                            std::string fallback = "");

}  // namespace fundi::data
