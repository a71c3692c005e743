#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::curate::dedup {

// Which document of a cluster of duplicates stays.
enum class Keep {
  kFirst,    // in the order of reading
  kLongest,  // in bytes
  kShortest,
  kBestScore,       // the greatest; NaN is worse than any
  kSourcePriority,  // of the source listed first
};

// "first", "longest", "shortest", "best_score", "source_priority", in the order of Keep.
const std::vector<std::string>& keep_names();
// Throws kInvalidArgument with a did-you-mean.
Keep parse_keep(std::string_view name);

struct KeepFacts {
  uint64_t bytes = 0;
  double score = 0;
  uint32_t priority = 0;  // the place of the source in the list, from 0; UINT32_MAX: not in it
};

// The smaller the better, so that the keeper is the first when a cluster is sorted by
// {keep_rank, ordinal}: equals go by the order of reading.
uint64_t keep_rank(Keep keep, const KeepFacts& facts);

// A document in a shuffle by cluster: the first record of each cluster is its keeper.
struct ClusterMember {
  uint64_t cluster = 0;  // the smallest ordinal in it
  uint64_t rank = 0;
  uint64_t ordinal = 0;
  bool operator==(const ClusterMember&) const = default;
};

}  // namespace fundi::curate::dedup
