#include "curate/readers/all.h"
#include "curate/readers/table_rows.h"

namespace fundi::curate {

ReaderKind csv_reader() {
  return {.name = "csv",
          .description = "tables with commas between the fields (RFC 4180) and a header row",
          .extensions = {".csv"},
          .splittable = false,
          .open = [](const fs::path& path, ByteRange, const Config& options) {
            return open_table(path, ',', true, options);
          }};
}

}  // namespace fundi::curate
