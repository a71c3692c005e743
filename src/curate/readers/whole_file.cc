#include "curate/readers/whole_file.h"

#include <fmt/format.h>

#include "base/text.h"
#include "curate/readers/all.h"
#include "curate/readers/row_keys.h"
#include "data/input_buffer.h"

namespace fundi::curate {
namespace {

constexpr uint64_t kMaxDocument = 256'000'000;  // a PDF with its pictures

class WholeFile final : public Reader {
 public:
  WholeFile(const fs::path& path, ContentType type, uint64_t max_size)
      : stream_(path), type_(type), max_size_(max_size) {}

  bool next(Record& record) override {
    if (done_) return false;
    done_ = true;
    record = {};
    record.type = type_;
    size_t size = 0;
    while (true) {
      if (record.bytes.size() - size < kStep) record.bytes.resize(size * 3 / 2 + kStep);
      const size_t n = stream_.read(std::span(record.bytes).subspan(size));
      if (n == 0) break;
      if ((size += n) > max_size_) {
        record.bytes = std::string();
        set_problem(record, fmt::format("larger than {}", format_bytes(max_size_)));
        return true;
      }
    }
    record.bytes.resize(size);
    return true;
  }

  uint64_t bytes_read() const override { return stream_.bytes_read(); }

 private:
  static constexpr size_t kStep = 64 << 10;
  data::InputStream stream_;
  ContentType type_;
  uint64_t max_size_;
  bool done_ = false;
};

ReaderKind document_reader(std::string name, std::string description,
                           std::vector<std::string> extensions, ContentType type,
                           uint64_t max_size) {
  return {.name = std::move(name),
          .description = std::move(description),
          .extensions = std::move(extensions),
          .splittable = false,
          .type = type,
          .open = [type, max_size](const fs::path& path, ByteRange, const Config&) {
            return open_whole_file(path, type, max_size);
          }};
}

}  // namespace

std::unique_ptr<Reader> open_whole_file(const fs::path& path, ContentType type, uint64_t max_size) {
  return std::make_unique<WholeFile>(path, type, max_size);
}

ReaderKind markdown_reader() {
  return document_reader("markdown", "Markdown, a file a document", {".md", ".markdown"},
                         ContentType::kMarkdown, data::kMaxRecord);
}
ReaderKind html_reader() {
  return document_reader("html", "web pages, a file a document", {".html", ".htm", ".xhtml"},
                         ContentType::kHtml, data::kMaxRecord);
}
ReaderKind pdf_reader() {
  return document_reader("pdf", "PDF, a file a document", {".pdf"}, ContentType::kPdf,
                         kMaxDocument);
}
ReaderKind docx_reader() {
  return document_reader("docx", "Word documents", {".docx"}, ContentType::kDocx, kMaxDocument);
}
ReaderKind odt_reader() {
  return document_reader("odt", "OpenDocument texts", {".odt"}, ContentType::kOdt, kMaxDocument);
}
ReaderKind epub_reader() {
  return document_reader("epub", "EPUB books", {".epub"}, ContentType::kEpub, kMaxDocument);
}

}  // namespace fundi::curate
