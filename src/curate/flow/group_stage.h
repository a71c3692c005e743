#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "curate/flow/recipe.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// One stage of a group step, a task a partition. `folders` are those of its earlier stages and, as
// "sketch", of the pass before, by name; `number` is its place among the step's stages.
std::unique_ptr<Stage> make_group_stage(const CurateRecipe& recipe, size_t step, size_t number,
                                        std::map<std::string, fs::path, std::less<>> folders);

// "minhash-bands".
std::string group_stage_name(const CurateRecipe& recipe, size_t step, size_t number);

}  // namespace fundi::curate
