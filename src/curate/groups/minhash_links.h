#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "curate/dedup/components.h"
#include "curate/flow/group_step.h"
#include "curate/groups/keep_settings.h"

namespace fundi::curate {

struct BucketMember {
  uint64_t key = 0, ordinal = 0, rank = 0;
};

// Two documents that are alike, as it stands under one of them, with that one's rank.
struct Link {
  uint64_t node = 0, other = 0, rank = 0;
};

// The partition of a node, in the numbering of dedup/components.h.
inline size_t partition_of_node(uint64_t node, size_t partitions) {
  return dedup::partition_of(node, static_cast<uint32_t>(partitions));
}
template <typename T>
void send_to_node(GroupTask& task, uint64_t node, const T& record) {
  task.out->send(partition_of_node(node, task.partitions), record);
}

// Calls body(first, later) for each later document of a bucket; `members` come sorted.
template <typename Body>
void for_each_pair(const std::function<bool(BucketMember&)>& members, const Body& body) {
  BucketMember first, member;
  for (bool any = false; members(member); any = true) {
    if (any && member.key == first.key) {
      body(first, member);
    } else {
      first = member;
    }
  }
}

// `b` of the findings between them, which mean nothing once the links are made.
constexpr uint64_t kCandidate = ~uint64_t{0};

// The stages "candidates", "shingles" and "links" (which sends Links to their nodes) for a Jaccard
// similarity of at least `threshold`. The documents that share the first document of a bucket are
// compared with it and with one another, so that a first one unlike the others costs no good link;
// those after the 64th (or 32 million shingles) are compared with these only.
std::vector<GroupStage> checked_links(double threshold, int ngram, const KeepSettings& keep);

}  // namespace fundi::curate
