#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "curate/flow/recipe.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// What lies before a stage of a group step.
struct GroupFiles {
  struct Sent {
    fs::path folder;
    size_t tasks;
  };
  fs::path pass;                                  // that stored the documents as the step sees them
  std::map<std::string, Sent, std::less<>> sent;  // out.bundle of stages; "sketch" is the pass
  std::vector<fs::path> findings;                 // out.bundle of all tasks that sent to shards
};

std::unique_ptr<Stage> make_group_stage(const CurateRecipe& recipe, const Step& step,
                                        GroupStage stage, GroupFiles before);

}  // namespace fundi::curate
