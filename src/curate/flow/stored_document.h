#pragma once

#include <string>
#include <string_view>

#include "curate/document.h"

namespace fundi::curate {

// Documents laid end to end, as bundles keep them between passes. Throws kUnsupported above 4 GB.
void append_document(std::string& out, const Document& document);

// Of the first of `bytes`: what it takes, its place, itself. They throw kCorruptData, starting with
// `origin`.
size_t document_size(std::string_view bytes, const std::string& origin);
uint64_t stored_ordinal(std::string_view bytes, const std::string& origin);
Document stored_document(std::string_view bytes, const std::string& origin);

}  // namespace fundi::curate
