#pragma once

#include <string_view>

#include "curate/extract/extract.h"

namespace fundi::curate {

// The text of a PDF page by page, its lines joined to paragraphs. Throws kCorruptData (no PDF,
// encrypted, too much text) and kUnsupported (no text: scanned pages).
Extracted extract_pdf(std::string_view bytes, const ExtractOptions& options);

// Lines as a page shows them made into paragraphs: words that a hyphen divides at the end of a line
// are put together, and a line goes on in the next unless it is short, a blank one follows, or the
// next begins like an item of a list.
std::string join_lines(std::string_view page);

}  // namespace fundi::curate
