#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "curate/dedup/keep.h"
#include "curate/document.h"

namespace fundi::curate {

// Which of several duplicates stays, as group steps let it be set:
//   keep: first | longest | shortest | best_score | source_priority
//   score: quality             # best_score: the key of `meta` that holds it
//   priority: [books, web]     # source_priority: sources, the best first
class KeepSettings {
 public:
  explicit KeepSettings(const Config& config);  // takes its keys
  // The smaller the better (dedup/keep.h).
  uint64_t rank(const Document& document) const;

 private:
  dedup::Keep keep_;
  std::string score_;
  std::vector<std::string> priority_;
};

}  // namespace fundi::curate
