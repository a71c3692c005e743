#pragma once

#include <cstdint>

// What IsolatedExtractor and serve_extraction say to each other: a head of fixed size, then the
// bytes whose sizes it gives, in their order. Both sides are one program, so that structs will do.

namespace fundi::curate {

struct ExtractionRequest {
  uint64_t type, main_content, max_text, max_depth, max_expansion;  // ContentType, ExtractOptions
  uint64_t memory, seconds;
  uint64_t charset_size, bytes_size;
};

struct ExtractionReply {
  static constexpr uint64_t kOk = UINT64_MAX;
  uint64_t code;           // kOk, or the ErrorCode; the text is then its message
  uint64_t out_of_memory;  // the process ends after such a reply
  int64_t repaired;
  uint64_t text_size, title_size, language_size;
};

}  // namespace fundi::curate
