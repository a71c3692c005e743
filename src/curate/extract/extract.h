#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "curate/readers/reader.h"

namespace fundi::curate {

struct Extracted {
  std::string text;      // UTF-8, NFC is not promised
  std::string title;     // empty where there is none
  std::string language;  // as the document declares it, BCP 47; empty: it does not
  int64_t repaired = 0;  // lines in which mojibake was mended
};

struct ExtractOptions {
  bool main_content = true;              // HTML: leave out navigation, banners, footers, comments
  uint64_t max_text = 64'000'000;        // bytes of text, beyond which a document is refused
  uint64_t max_depth = 512;              // of nested elements
  uint64_t max_expansion = 512'000'000;  // bytes of an archive's members together
};

// The text of a document of any type. Pure; bounded by `options` in memory, but a hostile document
// may take long or crash a library: isolated.h runs it in a process of its own. kCorruptData
// (broken archive, encrypted PDF), kUnsupported (no text in it: scanned pages). Throws
// std::bad_alloc only.
Result<Extracted> extract(std::string_view bytes, ContentType type, std::string_view charset,
                          const ExtractOptions& options);

}  // namespace fundi::curate
