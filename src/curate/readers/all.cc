#include "curate/readers/all.h"

#include <algorithm>
#include <cctype>

namespace fundi::curate {
namespace {

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::span<const ReaderKind> reader_kinds() {
  static const std::vector<ReaderKind> kinds = {
      text_reader(), markdown_reader(), html_reader(),  pdf_reader(),     docx_reader(),
      odt_reader(),  epub_reader(),     jsonl_reader(), csv_reader(),     tsv_reader(),
      warc_reader(), dictd_reader(),    chat_reader(),  parquet_reader(),
  };
  return kinds;
}

const ReaderKind* reader_for(const fs::path& path) {
  fs::path name = lower(path.filename().string());
  if (name.extension() == ".gz" || name.extension() == ".zst") name.replace_extension();
  for (const ReaderKind& kind : reader_kinds()) {
    if (std::ranges::find(kind.extensions, name.extension().string()) != kind.extensions.end()) {
      return &kind;
    }
  }
  return nullptr;
}

}  // namespace fundi::curate
