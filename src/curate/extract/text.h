#pragma once

#include <string_view>

#include "base/error.h"
#include "curate/extract/extract.h"

namespace fundi::curate {

// Plain text as it is, but for its character set and line ends.
Result<Extracted> extract_text(std::string_view bytes, std::string_view charset,
                               const ExtractOptions& options);

// Markdown stays Markdown, which models are to read and write; a YAML head between "---" lines
// gives title and language ("lang"), as does the first heading the title, and is left out.
Result<Extracted> extract_markdown(std::string_view bytes, std::string_view charset,
                                   const ExtractOptions& options);

}  // namespace fundi::curate
