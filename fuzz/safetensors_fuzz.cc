// Any bytes as a safetensors file: the parser must accept or throw Error, and what it accepts must
// lie inside the file.
// modules: formats

#include <cstdlib>

#include "base/error.h"
#include "formats/safetensors_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto header =
        fundi::formats::parse_safetensors_header(std::as_bytes(std::span(data, size)), "fuzz");
    uint64_t position = 0;
    for (const auto& entry : header.entries) {
      const size_t bytes = fundi::byte_size(entry.dtype, entry.shape.elements());
      if (entry.begin != position || entry.end != position + bytes) std::abort();
      position = entry.end;
    }
    if (header.data_offset + position != size) std::abort();
  } catch (const fundi::Error&) {  // refused, as it may be
  }
  return 0;
}
