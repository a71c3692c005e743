#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "curate/readers/reader.h"

namespace fundi::curate {

// Reads `bytes` as a file of the kind, calling visit(record) for each; Errors end the file.
template <typename Visit>
void read_all_records(std::string_view kind, std::span<const uint8_t> bytes,
                      std::string_view options, const Visit& visit) {
  const int fd = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (fd < 0 || ::write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  try {
    for (const ReaderKind& candidate : reader_kinds()) {
      if (candidate.name != kind) continue;
      const auto reader = candidate.open(path, {}, Config::parse_yaml(options, "fuzz"));
      for (Record record; reader->next(record);) visit(record);
    }
  } catch (const Error&) {
  }
  ::close(fd);
}

}  // namespace fundi::curate
