#include "curate/arrow/parquet.h"
#include "curate/readers/all.h"

namespace fundi::curate {

ReaderKind parquet_reader() {
  return {.name = "parquet",
          .description = "rows of Parquet: text and html name their columns",
          .extensions = {".parquet"},
          .splittable = true,
          .lacks = kLacksParquet,
          .open = open_parquet};
}

}  // namespace fundi::curate
