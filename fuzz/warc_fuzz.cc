// Any bytes as a web archive: reading ends, every record is a page or says what is wrong, and its
// HTTP head and body were taken apart within bounds.
// modules: curate

#include <cstdint>
#include <cstdlib>

#include "records.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fundi::curate::read_all_records("warc", {data, size}, "{}", [](const auto& record) {
    if (record.name.empty() || (!record.problem.empty() && !record.bytes.empty())) std::abort();
  });
  return 0;
}
