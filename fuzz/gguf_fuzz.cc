// Any bytes as a GGUF file: the parser must accept or throw Error; what it accepts must lie inside
// the file and come back equal when written and parsed again.
// modules: formats

#include <cstdlib>

#include "base/error.h"
#include "formats/gguf_header.h"

namespace {

using fundi::formats::GgufHeader;

void check_inside(const GgufHeader& header, size_t size) {
  for (const auto& entry : header.entries) {
    const size_t bytes = fundi::byte_size(entry.dtype, entry.shape.elements());
    const uint64_t begin = header.data_offset + entry.offset;
    if (begin > size || bytes > size - begin) std::abort();
  }
}

void check_round_trip(const GgufHeader& header) {
  std::vector<fundi::formats::GgufEntry> entries = header.entries;
  std::string bytes = make_gguf_header(header.metadata, entries, "fuzz");
  for (const auto& entry : entries) {
    bytes.resize(std::max<size_t>(bytes.size(),
                                  header.data_offset + entry.offset +
                                      fundi::byte_size(entry.dtype, entry.shape.elements()) + 64));
  }
  const GgufHeader again =
      fundi::formats::parse_gguf_header(std::as_bytes(std::span(bytes)), "fuzz");
  const auto same_bytes = [](const GgufHeader& h) {
    std::vector<fundi::formats::GgufEntry> copy = h.entries;
    return make_gguf_header(h.metadata, copy, "fuzz");  // NaN compares by its bits
  };
  if (same_bytes(again) != same_bytes(header)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const GgufHeader header =
        fundi::formats::parse_gguf_header(std::as_bytes(std::span(data, size)), "fuzz");
    check_inside(header, size);
    if (header.alignment <= 4096) check_round_trip(header);
  } catch (const fundi::Error&) {  // refused, as it may be
  }
  return 0;
}
