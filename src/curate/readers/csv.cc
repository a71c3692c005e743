#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "curate/readers/all.h"
#include "curate/readers/table_rows.h"
#include "data/input_buffer.h"

namespace fundi::curate {
namespace {

// After so many quotes without an end, each of which costs a look at up to kMaxRecord bytes, the
// file is no CSV.
constexpr int kMaxUnclosed = 16;

// Finds the end of a row that is fed in pieces. A quote opens a field only at its begin.
class RowEnd {
 public:
  // The offset of the line feed that ends the row, or npos.
  size_t find(std::string_view piece) {
    for (size_t i = 0; i < piece.size(); ++i) {
      const char c = piece[i];
      if (quoted_) {
        quoted_ = c != '"';
        at_begin_ = false;
        // A doubled quote opens the field again.
        closed_ = !quoted_;
      } else if (c == '\n') {
        return i;
      } else {
        quoted_ = c == '"' && (at_begin_ || closed_);
        at_begin_ = c == ',';
        closed_ = false;
      }
    }
    return std::string_view::npos;
  }
  bool open() const { return quoted_; }  // what was fed ends within quotes

 private:
  bool quoted_ = false, at_begin_ = true, closed_ = false;
};

// One row without its line end into fields; `store` holds the bytes of those that were quoted.
void split_row(std::string_view row, std::vector<std::string_view>& fields, std::string& store) {
  fields.clear();
  store.clear();
  store.reserve(row.size());  // views into it must stay
  size_t at = 0;
  while (true) {
    if (at >= row.size() || row[at] != '"') {
      const size_t comma = std::min(row.find(',', at), row.size());
      fields.push_back(row.substr(at, comma - at));
      at = comma;
    } else {
      const size_t begin = store.size();
      for (bool again = false; at < row.size() && row[at] == '"'; again = true) {
        const size_t quote = std::min(row.find('"', at + 1), row.size());
        if (again) store += '"';
        store += row.substr(at + 1, quote - at - 1);
        at = std::min(quote + 1, row.size());
      }
      const size_t comma = std::min(row.find(',', at), row.size());
      store += row.substr(at, comma - at);  // what stands behind a closing quote by mistake
      fields.push_back(std::string_view(store).substr(begin));
      at = comma;
    }
    if (at == row.size()) return;
    ++at;
  }
}

// RFC 4180, with line feeds alone accepted as line ends.
class CsvRecords final : public Reader {
 public:
  CsvRecords(const fs::path& path, const Config& options)
      : buffer_(path), rows_(path, read_header(), RowKeys::read(options)) {}

  bool next(Record& record) override {
    std::string_view row;
    do {
      if (!next_row(row)) return false;
    } while (row.empty() && problem_.empty());
    split_row(row, fields_, store_);
    rows_.read(fields_, fmt::format("{}", number_), record);
    if (!problem_.empty()) set_problem(record, problem_);
    return true;
  }

  uint64_t bytes_read() const override { return buffer_.bytes_read(); }

 private:
  std::vector<std::string> read_header() {
    buffer_.skip_byte_order_mark();
    std::string_view row;
    next_row(row);
    if (!problem_.empty()) {
      fail(ErrorCode::kCorruptData, "{}: the header: {}", buffer_.path().string(), problem_);
    }
    split_row(row, fields_, store_);
    return {fields_.begin(), fields_.end()};
  }

  bool next_row(std::string_view& row) {
    buffer_.consume(std::exchange(taken_, 0));
    problem_.clear();
    RowEnd row_end;
    size_t seen = 0, end;
    while ((end = row_end.find(buffer_.window().substr(seen))) == std::string_view::npos) {
      seen = buffer_.window().size();
      if (seen > data::kMaxRecord) return pass_over(row);
      if (buffer_.fill()) continue;
      if (seen == 0) return false;
      if (row_end.open()) return pass_over(row);
      end = 0;  // the last row lacks its line feed
      break;
    }
    ++number_;
    row = buffer_.window().substr(0, seen + end);
    taken_ = std::min(seen + end + 1, buffer_.window().size());
    if (row.ends_with('\r')) row.remove_suffix(1);
    return true;
  }

  // The row has no end within reach: one of its quotes was never closed. Its first line is lost,
  // and reading goes on behind that.
  bool pass_over(std::string_view& row) {
    ++number_;
    if (++unclosed_ > kMaxUnclosed) {
      fail(ErrorCode::kCorruptData,
           "{}: row {}: again a quotation mark without its pair; is this 'format: tsv'?",
           buffer_.path().string(), number_);
    }
    problem_ = fmt::format("no end within {}: a quotation mark without its pair?",
                           format_bytes(data::kMaxRecord));
    row = {};
    buffer_.skip_line();
    return true;
  }

  data::InputBuffer buffer_;
  size_t taken_ = 0;
  uint64_t number_ = 0;
  int unclosed_ = 0;
  std::string problem_, store_;
  std::vector<std::string_view> fields_;
  TableRows rows_;
};

}  // namespace

ReaderKind csv_reader() {
  return {.name = "csv",
          .description = "tables with commas between the fields (RFC 4180) and a header row",
          .extensions = {".csv"},
          .splittable = false,
          .open = [](const fs::path& path, ByteRange, const Config& options) {
            return std::make_unique<CsvRecords>(path, options);
          }};
}

}  // namespace fundi::curate
