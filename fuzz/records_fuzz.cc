// Files of fixed-size records, as shuffles leave them: every damage ends in kCorruptData.
// modules: curate

#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "curate/dedup/record_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using fundi::curate::dedup::RecordDecoder;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  try {
    RecordDecoder decoder(
        16,
        [&rest](char* into, size_t bytes) {
          const size_t n = rest.copy(into, bytes);
          rest.remove_prefix(n);
          return n;
        },
        "fuzz");
    uint64_t record[2];
    while (decoder.next(record)) {
    }
  } catch (const fundi::Error& error) {
    if (error.code() != fundi::ErrorCode::kCorruptData) throw;
  }
  return 0;
}
