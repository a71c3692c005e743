#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"

namespace fundi::curate {

// Ids of the documents of a shard, by ordinal; `ids` sorted by ordinal.
void write_document_ids(const fs::path& path,
                        std::span<const std::pair<uint64_t, std::string>> ids);

// Looks ids up in the ids.bundle of all shards of a pass. Thread-safe.
class DocumentIds {
 public:
  explicit DocumentIds(fs::path pass_folder) : folder_(std::move(pass_folder)) {}
  // Empty where no such document is known.
  std::string id_of(uint64_t ordinal) const;

 private:
  struct Shard {
    std::vector<uint64_t> ordinals, ends;
    std::string ids;
  };
  const Shard& shard(size_t index) const;
  fs::path folder_;
  mutable std::mutex mutex_;
  mutable std::map<size_t, Shard> shards_;  // those asked for of late
  mutable size_t bytes_ = 0;
};

}  // namespace fundi::curate
