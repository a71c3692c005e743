#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "curate/flow/group_step.h"

namespace fundi::curate {

// Notes a cluster for the data card, of each task the five largest; `documents` are its first.
void add_cluster_example(GroupTask& task, size_t size, const std::vector<uint64_t>& documents);

// Likewise of records with an `ordinal`, the document that stays first.
template <typename Member>
void add_cluster_example(GroupTask& task, std::span<const Member> cluster) {
  constexpr size_t kShown = 4;
  std::vector<uint64_t> documents;
  for (const Member& member : cluster.first(std::min(kShown, cluster.size()))) {
    documents.push_back(member.ordinal);
  }
  add_cluster_example(task, cluster.size(), documents);
}

}  // namespace fundi::curate
