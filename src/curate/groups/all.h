#pragma once

#include "curate/flow/group_step.h"

namespace fundi::curate {

// One file each; group_step_kinds() of flow/group_step.h lists them (all.cc).
GroupStepKind exact_duplicates_step();
GroupStepKind minhash_step();
GroupStepKind sentence_duplicates_step();
GroupStepKind substring_duplicates_step();

}  // namespace fundi::curate
