#pragma once

#include <memory>
#include <span>
#include <string>

#include "base/files.h"
#include "curate/document.h"

namespace fundi::curate {

// The documents of an output shard on their way into a file that appears whole at commit(). The
// same bytes for the same documents. Throws kIo.
class DocumentShard {
 public:
  virtual ~DocumentShard() = default;
  virtual void add(const Document& document) = 0;
  virtual void commit() = 0;
};

// What output shards may be: `write: {format: parquet}`.
struct ShardFormat {
  std::string name;       // "parquet"
  std::string extension;  // ".parquet"
  std::string lacks;      // what this build lacks to write it; empty: nothing
  std::unique_ptr<DocumentShard> (*open)(const fs::path& path, int level);  // of zstd
};

std::span<const ShardFormat> shard_formats();  // the first is the default

}  // namespace fundi::curate
