#include <fmt/format.h>

#include "base/text.h"
#include "curate/readers/all.h"
#include "curate/readers/table_rows.h"
#include "data/input_buffer.h"

namespace fundi::curate {
namespace {

void split_fields(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  size_t at = 0, tab;
  while ((tab = line.find('\t', at)) != std::string_view::npos) {
    fields.push_back(line.substr(at, tab - at));
    at = tab + 1;
  }
  fields.push_back(line.substr(at));
}

// Rows of fields between tabs, in which quotation marks are text.
class TsvRecords final : public Reader {
 public:
  TsvRecords(const fs::path& path, const Config& options)
      : lines_(path), rows_(path, read_header(), RowKeys::read(options)) {}

  bool next(Record& record) override {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (line.empty() && !lines_.too_long());
    split_fields(line, fields_);
    rows_.read(fields_, lines_.name(), record);
    if (lines_.too_long()) {
      set_problem(record, fmt::format("a row above {}", format_bytes(data::kMaxRecord)));
    }
    return true;
  }

  uint64_t bytes_read() const override { return lines_.buffer().bytes_read(); }

 private:
  std::vector<std::string> read_header() {
    std::string_view line;
    if (!lines_.next(line)) return {};
    return split(line, '\t');
  }

  data::LineReader lines_;
  TableRows rows_;
  std::vector<std::string_view> fields_;
};

}  // namespace

ReaderKind tsv_reader() {
  return {.name = "tsv",
          .description = "tables with tabs between the fields, none quoted, and a header row",
          .extensions = {".tsv"},
          .splittable = false,
          .open = [](const fs::path& path, ByteRange, const Config& options) {
            return std::make_unique<TsvRecords>(path, options);
          }};
}

}  // namespace fundi::curate
