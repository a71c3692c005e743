#pragma once

#include <string>
#include <string_view>

#include "data/input_buffer.h"

namespace fundi::data {

// The rows of a file of JSON: a row a line, blank lines passed over, or, where the file begins with
// "[", the elements of that one list, however they are laid out. Of parts of a list the first reads
// it whole and the others nothing.
class JsonRows {
 public:
  explicit JsonRows(const fs::path& path, ByteRange range = {});

  // False at the end. The view lives until the next call; InputBuffer::kPadding bytes behind it may
  // be read. Throws as InputStream::read, and kCorruptData where a list is cut off or
  // something follows it.
  bool next(std::string_view& row);
  bool too_long() const { return too_long_; }  // above kMaxRecord: passed over, the view is empty
  std::string name() const;  // as LineReader::name; of a list's element its number
  uint64_t number() const { return list_ ? number_ : lines_.number(); }
  const fs::path& path() const { return lines_.buffer().path(); }
  uint64_t bytes_read() const { return lines_.buffer().bytes_read(); }

 private:
  bool find_list();
  bool next_line(std::string_view& row);
  bool next_element(std::string_view& row);
  bool skip_to_element();
  void expect_end();
  LineReader lines_;
  bool list_ = false, too_long_ = false, ended_ = false;
  size_t taken_ = 0;
  uint64_t number_ = 0;
};

}  // namespace fundi::data
