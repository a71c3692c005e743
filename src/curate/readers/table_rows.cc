#include "curate/readers/table_rows.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "data/input_buffer.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

// After so many quotes without an end, each of which costs a look at up to kMaxRecord bytes, the
// file quotes no fields.
constexpr int kMaxUnclosed = 16;

// How fields stand in a row.
struct Layout {
  char delimiter;
  bool quotes;  // around fields, as RFC 4180 has it; otherwise they are text
};

// Finds the end of a row that is fed in pieces. A quote opens a field only at its begin.
class RowEnd {
 public:
  explicit RowEnd(Layout layout) : layout_(layout) {}
  // The offset of the line feed that ends the row, or npos.
  size_t find(std::string_view piece) {
    if (!layout_.quotes) return piece.find('\n');
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
        at_begin_ = c == layout_.delimiter;
        closed_ = false;
      }
    }
    return std::string_view::npos;
  }
  bool open() const { return quoted_; }  // what was fed ends within quotes

 private:
  Layout layout_;
  bool quoted_ = false, at_begin_ = true, closed_ = false;
};

// One row without its line end into fields; `store` holds the bytes of those that were quoted.
void split_row(std::string_view row, Layout layout, std::vector<std::string_view>& fields,
               std::string& store) {
  fields.clear();
  store.clear();
  store.reserve(row.size());  // views into it must stay
  const auto field_end = [&](size_t from) {
    return std::min(row.find(layout.delimiter, from), row.size());
  };
  for (size_t at = 0;; ++at) {
    if (!layout.quotes || at >= row.size() || row[at] != '"') {
      const size_t end = field_end(at);
      fields.push_back(row.substr(at, end - at));
      at = end;
    } else {
      const size_t begin = store.size();
      for (bool again = false; at < row.size() && row[at] == '"'; again = true) {
        const size_t quote = std::min(row.find('"', at + 1), row.size());
        if (again) store += '"';
        store += row.substr(at + 1, quote - at - 1);
        at = std::min(quote + 1, row.size());
      }
      const size_t end = field_end(at);
      store += row.substr(at, end - at);  // what stands behind a closing quote by mistake
      fields.push_back(std::string_view(store).substr(begin));
      at = end;
    }
    if (at == row.size()) return;
  }
}

// The lines of RFC 4180, with line feeds alone accepted as their ends.
class TableRecords final : public Reader {
 public:
  TableRecords(const fs::path& path, Layout layout, const Config& options)
      : layout_(layout), buffer_(path), rows_(path, read_header(), RowKeys::read(options)) {}

  bool next(Record& record) override {
    std::string_view row;
    do {
      if (!next_row(row)) return false;
    } while (row.empty() && problem_.empty());
    split_row(row, layout_, fields_, store_);
    rows_.read(fields_, fmt::format("{}", number_), record);
    if (!problem_.empty()) set_problem(record, problem_);
    return true;
  }

  uint64_t bytes_read() const override { return buffer_.bytes_read(); }

 private:
  std::vector<std::string> read_header() {
    buffer_.skip_byte_order_mark();
    std::string_view row;
    if (!next_row(row)) return {};
    if (!problem_.empty()) {
      fail(ErrorCode::kCorruptData, "{}: the header: {}", buffer_.path().string(), problem_);
    }
    split_row(row, layout_, fields_, store_);
    return {fields_.begin(), fields_.end()};
  }

  bool next_row(std::string_view& row) {
    buffer_.consume(std::exchange(taken_, 0));
    problem_.clear();
    RowEnd row_end(layout_);
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

  // The row has no end within reach, mostly because one of its quotes was never closed. Its first
  // line is lost, and reading goes on behind that.
  bool pass_over(std::string_view& row) {
    ++number_;
    problem_ = fmt::format("a row above {}", format_bytes(data::kMaxRecord));
    if (layout_.quotes) count_unclosed();
    row = {};
    buffer_.skip_line();
    return true;
  }

  void count_unclosed() {
    if (++unclosed_ > kMaxUnclosed) {
      fail(ErrorCode::kCorruptData,
           "{}: row {}: again a quotation mark without its pair; where they are text, set "
           "'quotes: false'",
           buffer_.path().string(), number_);
    }
    problem_ = fmt::format("no end within {}: a quotation mark without its pair?",
                           format_bytes(data::kMaxRecord));
  }

  Layout layout_;
  data::InputBuffer buffer_;
  size_t taken_ = 0;
  uint64_t number_ = 0;
  int unclosed_ = 0;
  std::string problem_, store_;
  std::vector<std::string_view> fields_;
  TableRows rows_;
};

// The advice that follows where a column is missing.
std::string advice(const std::vector<std::string>& header) {
  const auto named = std::ranges::find_if(header, [](const auto& name) { return !name.empty(); });
  if (named == header.end()) return "its first row must name the columns";
  return fmt::format("name the column of the text: 'text: {}'", *named);
}

}  // namespace

TableRows::TableRows(const fs::path& path, std::vector<std::string> header, RowKeys keys)
    : header_(std::move(header)), builder_(std::move(keys)) {
  if (header_.empty()) return;
  for (std::string& column : header_) column = text::replace_invalid_utf8(column);
  const auto require = [&](std::string_view column) {
    if (column.empty() || std::ranges::find(header_, column) != header_.end()) return;
    fail(ErrorCode::kInvalidArgument, "{}: has no column '{}' but '{}'; {}", path.string(), column,
         fmt::join(header_, "', '"), advice(header_));
  };
  for (const std::string& column : builder_.keys().text) require(column);
  require(builder_.keys().html);
  require(builder_.keys().id);
  for (const std::string& column : header_) roles_.push_back(builder_.role_of(column));
}

void TableRows::read(std::span<const std::string_view> fields, std::string name, Record& record) {
  builder_.begin(record, std::move(name));
  if (fields.size() != header_.size()) {
    return set_problem(
        record, fmt::format("{} fields, but the header names {}", fields.size(), header_.size()));
  }
  std::vector<std::string> names;
  Json::array_t values;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (roles_[i].field == RowField::kText || roles_[i].field == RowField::kHtml) {
      builder_.put(roles_[i], fields[i]);  // of any character set: extraction finds out
    } else if (roles_[i].field != RowField::kMeta) {
      builder_.put(roles_[i], text::replace_invalid_utf8(fields[i]));
    }
    const bool meta = roles_[i].field == RowField::kMeta || builder_.is_of_meta_too(roles_[i]);
    if (meta && !fields[i].empty()) {
      names.push_back(header_[i]);
      values.emplace_back(text::replace_invalid_utf8(fields[i]));
    }
  }
  record.meta = make_object(names, std::move(values));
  builder_.finish();
}

std::unique_ptr<Reader> open_table(const fs::path& path, char delimiter, bool quotes,
                                   const Config& options) {
  const Layout layout{.delimiter = delimiter, .quotes = options.get("quotes", quotes)};
  return std::make_unique<TableRecords>(path, layout, options);
}

}  // namespace fundi::curate
