#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "curate/readers/reader.h"
#include "tests/curate/zip_testing.h"
#include "tests/data/input_testing.h"

namespace fundi::curate {

using data::gzip;
using data::TestFolder;
using data::zstd;

inline std::unique_ptr<Reader> open_reader(std::string_view kind, const fs::path& path,
                                           std::string_view options = "{}", ByteRange range = {}) {
  for (const ReaderKind& candidate : reader_kinds()) {
    if (candidate.name == kind) {
      return candidate.open(path, range, Config::parse_yaml(options, "recipe.yaml"));
    }
  }
  throw std::runtime_error("no such reader");
}

inline std::vector<Record> read_records(std::string_view kind, const fs::path& path,
                                        std::string_view options = "{}", ByteRange range = {}) {
  const auto reader = open_reader(kind, path, options, range);
  std::vector<Record> records;
  for (Record record; reader->next(record);) records.push_back(record);
  return records;
}

}  // namespace fundi::curate
