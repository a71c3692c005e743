#include "curate/readers/all.h"
#include "curate/readers/table_rows.h"

namespace fundi::curate {

ReaderKind tsv_reader() {
  return {
      .name = "tsv",
      .description = "tables with tabs between the fields and a header row; quotes: true as in CSV",
      .extensions = {".tsv"},
      .splittable = false,
      .open = [](const fs::path& path, ByteRange, const Config& options) {
        return open_table(path, '\t', false, options);
      }};
}

}  // namespace fundi::curate
