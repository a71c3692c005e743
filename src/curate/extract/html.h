#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "curate/extract/extract.h"

namespace fundi::curate {

// The text of a page: paragraphs, headings, tables and code with a blank line between them, list
// items as "- item", cells joined by " | ", code verbatim. With `main_content` without what
// surrounds the page's own content (extract/html_main.h); else all that a browser shows. Time and
// memory are linear in the page, whatever it is. kCorruptData: more text or nodes than is allowed.
Result<Extracted> extract_html(std::string_view utf8, const ExtractOptions& options);

// The character set that a page declares in its first bytes (<meta charset>, http-equiv, XML
// declaration), in lower case; empty where it does not.
std::string declared_charset(std::string_view bytes);

}  // namespace fundi::curate
