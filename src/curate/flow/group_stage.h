#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "curate/flow/recipe.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// One stage of a group step, a task a partition. `folders` are those of the step's earlier stages
// and, as "sketch", of the pass before, by name.
std::unique_ptr<Stage> make_group_stage(const CurateRecipe& recipe, const Step& step,
                                        GroupStage stage,
                                        std::map<std::string, fs::path, std::less<>> folders);

// "minhash-links".
std::string group_stage_name(const Step& step, const GroupStage& stage);

}  // namespace fundi::curate
