#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "train/objectives/objective.h"

namespace fundi::train {

// From the explicit list in all.cc.
const std::vector<std::string>& objective_names();
// Throws kInvalidArgument with the known names.
const Objective& objective_of(std::string_view name);

// One file each.
extern const Objective kPretrain;
extern const Objective kSft;

}  // namespace fundi::train
