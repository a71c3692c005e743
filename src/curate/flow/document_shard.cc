#include "curate/flow/document_shard.h"

#include <vector>

#include "curate/arrow/parquet.h"
#include "curate/flow/rows.h"
#include "curate/flow/zstd_file.h"

namespace fundi::curate {
namespace {

class JsonlShard final : public DocumentShard {
 public:
  JsonlShard(const fs::path& path, int level) : file_(path, level) {}
  void add(const Document& document) override { file_.write(document_row(document) + "\n"); }
  void commit() override { file_.commit(); }

 private:
  ZstdFile file_;
};

std::unique_ptr<DocumentShard> open_jsonl_shard(const fs::path& path, int level) {
  return std::make_unique<JsonlShard>(path, level);
}

}  // namespace

std::span<const ShardFormat> shard_formats() {
  static const std::vector<ShardFormat> formats = {
      {"jsonl", ".jsonl.zst", "", open_jsonl_shard},
      {"parquet", ".parquet", kLacksParquet, open_parquet_shard},
  };
  return formats;
}

}  // namespace fundi::curate
