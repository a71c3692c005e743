#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "curate/flow/bundle.h"

namespace fundi::curate {

// Ids of documents by ordinal, which ascends, as two sections of a bundle: "places" (ordinal, where
// its id ends) and "ids". Stored as they are, to be looked up in the mapped file.
class DocumentIdList {
 public:
  void add(uint64_t ordinal, std::string_view id);
  void write(BundleWriter& bundle) const;
  // Adds the sections that such a bundle has to another: ids.bundle has those of all batches.
  static void copy(const Bundle& from, BundleWriter& to);
  // Of a bundle with one list; nothing for an empty one.
  static std::optional<uint64_t> last_ordinal(const Bundle& bundle);

 private:
  std::string places_, ids_;
};

// Looks ids up in the ids.bundle of all shards of a pass. Thread-safe.
class DocumentIds {
 public:
  explicit DocumentIds(fs::path pass_folder) : folder_(std::move(pass_folder)) {}
  // Empty where no such document is known.
  std::string id_of(uint64_t ordinal) const;

 private:
  struct List {
    uint64_t first;
    std::string_view places, ids;  // of the mapped file
  };
  struct Shard {
    std::optional<Bundle> bundle;
    std::vector<List> lists;
  };
  const Shard& shard(size_t index) const;
  fs::path folder_;
  mutable std::mutex mutex_;
  mutable std::map<size_t, Shard> shards_;
};

}  // namespace fundi::curate
