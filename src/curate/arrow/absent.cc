// What stands in for the rest of this folder in a build without Apache Arrow C++.
#include "base/error.h"
#include "curate/arrow/parquet.h"

namespace fundi::curate {

const char* const kLacksParquet =
    "built without Apache Arrow C++; install it (libparquet-dev of its own repository) or "
    "configure "
    "with -DFUNDI_ARROW_ROOT=DIR of an installed pyarrow, or convert to JSONL";

std::unique_ptr<Reader> open_parquet(const fs::path& path, ByteRange, const Config&) {
  fail(ErrorCode::kUnsupported, "{}: is Parquet, and fundi was {}", path.string(), kLacksParquet);
}

std::unique_ptr<Reader> open_parquet_chat(const fs::path& path, ByteRange range,
                                          const Config& options) {
  return open_parquet(path, range, options);
}

std::unique_ptr<DocumentShard> open_parquet_shard(const fs::path& path, int) {
  fail(ErrorCode::kUnsupported, "{}: is Parquet, and fundi was {}", path.string(), kLacksParquet);
}

}  // namespace fundi::curate
