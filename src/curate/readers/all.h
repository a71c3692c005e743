#pragma once

#include "curate/readers/reader.h"

namespace fundi::curate {

// One file each; reader_kinds() of reader.h lists them (all.cc).
ReaderKind text_reader();
ReaderKind markdown_reader();
ReaderKind html_reader();
ReaderKind pdf_reader();
ReaderKind docx_reader();
ReaderKind odt_reader();
ReaderKind epub_reader();
ReaderKind jsonl_reader();
ReaderKind csv_reader();
ReaderKind tsv_reader();
ReaderKind warc_reader();
ReaderKind dictd_reader();
ReaderKind chat_reader();
ReaderKind parquet_reader();

}  // namespace fundi::curate
