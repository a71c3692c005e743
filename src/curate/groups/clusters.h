#pragma once

#include <cstdint>
#include <vector>

#include "curate/flow/group_step.h"

namespace fundi::curate {

// Clusters of duplicates while their documents go by, cluster after cluster, the document that
// stays first. Counts those of two and more, and notes the task's largest for the data card.
class Clusters {
 public:
  explicit Clusters(GroupTask& task) : task_(task) {}
  // `begins` a cluster, or belongs to the one before. Returns the document that stays.
  uint64_t add(uint64_t ordinal, bool begins);
  void end();  // of the last

 private:
  GroupTask& task_;
  uint64_t size_ = 0;
  std::vector<uint64_t> documents_;  // a few
};

}  // namespace fundi::curate
