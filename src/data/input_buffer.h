#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "data/input_stream.h"

namespace fundi::data {

// Part of a file: a reader of a splittable kind starts at the first record that begins at or after
// `begin` and stops before the first that begins at or after `end`.
struct ByteRange {
  uint64_t begin = 0;
  uint64_t end = UINT64_MAX;
};

// The largest line, row or block that readers keep in memory; a longer one is a record with a
// problem, and reading goes on behind it.
inline constexpr size_t kMaxRecord = 64'000'000;

// A window over a stream, for readers that look for where a record ends. Memory: twice what the
// reader lets the window grow to, 256 KB at least.
class InputBuffer {
 public:
  // Bytes behind the window that may be read, whatever they hold: parsers with wide loads need
  // them.
  static constexpr size_t kPadding = 64;

  explicit InputBuffer(const fs::path& path, uint64_t begin = 0);

  std::string_view window() const { return {data_.get() + begin_, end_ - begin_}; }
  // Reads on, which moves the window; false at the end of the input. Throws as InputStream::read.
  bool fill();
  // Fills until the window holds `size` bytes; false if the input ends before.
  bool require(size_t size);
  // Consumes the mark of UTF-8 at the begin of a file. Throws kUnsupported for that of UTF-16,
  // which nothing reads that looks for lines.
  void skip_byte_order_mark();
  void skip_line();  // consumes up to and with the next line feed, or everything
  void consume(size_t bytes) { begin_ += bytes, position_ += bytes; }
  uint64_t position() const { return position_; }  // of the window's begin in the unpacked bytes
  uint64_t bytes_read() const { return stream_.bytes_read(); }
  const fs::path& path() const { return stream_.path(); }

 private:
  InputStream stream_;
  std::unique_ptr<char[]> data_;
  size_t capacity_, begin_ = 0, end_ = 0;
  uint64_t position_;
};

// The lines of a file, or of a part of it. A byte order mark and "\r" before the line feed are left
// out; the last line may lack its end.
class LineReader {
 public:
  explicit LineReader(const fs::path& path, ByteRange range = {}, size_t max_line = kMaxRecord);

  // False at the end. The view lives until the next call; kPadding bytes behind it may be read.
  bool next(std::string_view& line);
  bool too_long() const { return too_long_; }  // the line was passed over, its view is empty
  // "12" for the 12th line of a file; "@4711" for that at byte 4711 where a part is read, whose
  // lines nobody has counted.
  std::string name() const;
  uint64_t number() const { return number_; }  // from 1, of the part that is read
  const InputBuffer& buffer() const { return buffer_; }
  InputBuffer& buffer() { return buffer_; }

 private:
  InputBuffer buffer_;
  ByteRange range_;
  size_t max_line_, taken_ = 0;  // the last line with its end, still in the window
  uint64_t number_ = 0, start_ = 0;
  bool too_long_ = false;
};

}  // namespace fundi::data
