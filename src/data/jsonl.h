#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/files.h"
#include "base/json.h"

namespace fundi::data {

struct JsonlRow {
  int64_t line = 0;  // from 1
  Json json;         // an object
};

// Streams the rows of a JSONL file: one JSON object a line, blank lines passed over, a byte order
// mark and CRLF line ends tolerated, a last line without newline read. Memory: one line, at most
// kMaxLine bytes. Throws kNotFound, kIo, and kCorruptData as "file:line: ..." for a line that is
// too long, not JSON or no object; reading may go on with the next line after that, unless the
// line was too long.
class JsonlReader {
 public:
  static constexpr size_t kMaxLine = 64'000'000;
  explicit JsonlReader(std::filesystem::path path);

  // False at the end of the file; `row` is then unchanged.
  bool next(JsonlRow& row);
  // "file:line" of the row last read, for messages about it.
  std::string where() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  bool next_line();
  Json parse_line(std::string_view text) const;
  std::filesystem::path path_;
  std::ifstream file_;
  std::string line_, chunk_;
  size_t at_ = 0;  // of what is unread in chunk_
  int64_t number_ = 0;
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
