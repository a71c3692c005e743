#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "curate/dedup/keep.h"
#include "curate/document.h"
#include "curate/step.h"

namespace fundi::curate {

// Which of several duplicates stays, as group steps let it be set:
//   keep: first | longest | shortest | best_score | source_priority
//   score: quality             # best_score: the key of `meta` that holds it
//   priority: [books, web]     # source_priority: sources, the best first
class KeepSettings {
 public:
  // Takes its keys. Throws kInvalidArgument.
  KeepSettings(const Config& config, const StepContext& context);
  // The smaller the better (dedup/keep.h).
  uint64_t rank(const Document& document) const;

 private:
  // Throws where a setting is given that this rule does not ask.
  void check_used(const Config& config, std::string_view key, dedup::Keep by) const;
  dedup::Keep keep_;
  std::string score_;
  std::vector<std::string> priority_;
};

}  // namespace fundi::curate
