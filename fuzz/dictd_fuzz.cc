// Any bytes as a dictionary of dictd: its index up to the first NUL, then its text, plain or gzip.
// Every row of the index is an entry, a problem, or about the dictionary.
// modules: data

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "data/dictd.h"
#include "memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const uint8_t *end = data + size, *cut = std::find(data, end, 0);
  const MemoryFile index({data, cut}), text({cut == end ? end : cut + 1, end});
  try {
    const fundi::data::Dictionary all = fundi::data::read_dictd(index.path(), text.path());
    const auto kept = static_cast<int64_t>(all.entries.size());
    const auto lost = static_cast<int64_t>(all.problems.size());
    if (kept + lost != all.counts.entries) std::abort();
    for (const auto& entry : all.entries) {
      if (fundi::find_invalid_utf8(entry.headword) != std::string::npos) std::abort();
      (void)fundi::data::parse_entry_text(fundi::data::entry_text(entry));
    }
  } catch (const fundi::Error&) {
  }
  return 0;
}
