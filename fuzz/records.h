#pragma once

#include <span>
#include <string_view>

#include "base/error.h"
#include "curate/readers/reader.h"
#include "memory_file.h"

namespace fundi::curate {

// Reads `bytes` as a file of the kind, calling visit(record) for each; Errors end the file.
template <typename Visit>
void read_all_records(std::string_view kind, std::span<const uint8_t> bytes,
                      std::string_view options, const Visit& visit) {
  const MemoryFile file(bytes);
  try {
    for (const ReaderKind& candidate : reader_kinds()) {
      if (candidate.name != kind) continue;
      const auto reader = candidate.open(file.path(), {}, Config::parse_yaml(options, "fuzz"));
      for (Record record; reader->next(record);) visit(record);
    }
  } catch (const Error&) {
  }
}

}  // namespace fundi::curate
