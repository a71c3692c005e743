#include "base/text.h"
#include <fmt/format.h>

#include "curate/readers/all.h"
#include "curate/readers/row_keys.h"
#include "curate/readers/whole_file.h"
#include "data/input_buffer.h"

// split: file (default), paragraph (stretches between blank lines) or line.

namespace fundi::curate {
namespace {

class TextPieces final : public Reader {
 public:
  TextPieces(const fs::path& path, bool paragraphs) : lines_(path), paragraphs_(paragraphs) {}

  bool next(Record& record) override {
    record = {};
    std::string_view line;
    while (lines_.next(line)) {
      if (lines_.too_long()) return refuse(record);
      if (trim(line).empty()) {
        if (!record.name.empty()) return true;
        continue;
      }
      if (record.name.empty()) {
        record.name = lines_.name();
      } else {
        record.bytes += '\n';
      }
      record.bytes += line;
      if (record.bytes.size() > data::kMaxRecord) return refuse(record);
      if (!paragraphs_) return true;
    }
    return !record.name.empty();
  }

  uint64_t bytes_read() const override { return lines_.buffer().bytes_read(); }

 private:
  bool refuse(Record& record) {
    if (record.name.empty()) record.name = lines_.name();
    set_problem(record, fmt::format("a piece above {}", format_bytes(data::kMaxRecord)));
    return true;
  }

  data::LineReader lines_;
  bool paragraphs_;
};

}  // namespace

ReaderKind text_reader() {
  return {
      .name = "text",
      .description = "plain text; split: file, paragraph or line",
      .extensions = {".txt", ".text"},
      .splittable = false,
      .open = [](const fs::path& path, ByteRange,
                 const Config& options) -> std::unique_ptr<Reader> {
        const std::string split = options.choice("split", {"file", "paragraph", "line"}, "file");
        if (split == "file") return open_whole_file(path, ContentType::kText, data::kMaxRecord);
        return std::make_unique<TextPieces>(path, split == "paragraph");
      }};
}

}  // namespace fundi::curate
