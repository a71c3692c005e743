#pragma once

#include <string>
#include <string_view>

#include "curate/document.h"

namespace fundi::curate {

// Documents laid end to end, as bundles keep them between passes. Throws kUnsupported above 4 GB.
void append_document(std::string& out, const Document& document);

// The bytes that the first of them takes. Throws kCorruptData starting with `origin`.
size_t document_size(std::string_view bytes, const std::string& origin);

class DocumentStream {
 public:
  // The bytes must outlive the stream; `origin` starts its messages.
  DocumentStream(std::string_view bytes, std::string origin)
      : bytes_(bytes), origin_(std::move(origin)) {}
  // False at the end. Throws kCorruptData.
  bool next(Document& document);

 private:
  std::string_view bytes_;
  std::string origin_;
};

}  // namespace fundi::curate
