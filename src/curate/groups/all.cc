#include "curate/groups/all.h"

#include <vector>

namespace fundi::curate {

std::span<const GroupStepKind> group_step_kinds() {
  static const std::vector<GroupStepKind> kinds = {exact_duplicates_step(), minhash_step(),
                                                   sentence_duplicates_step(),
                                                   substring_duplicates_step()};
  return kinds;
}

}  // namespace fundi::curate
