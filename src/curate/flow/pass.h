#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "curate/flow/figures.h"
#include "curate/flow/recipe.h"
#include "curate/flow/stage.h"

namespace fundi::curate {

// One walk over all documents, a task a shard: the findings of the group step before it, document
// steps, and the sketches for the group step after it. The first pass reads and extracts.
//
// A task's folder: 000000.bundle ... one a batch, with sections "documents" (stored_document.h),
// "rejects-STEP" (JSONL), "quarantine" (JSONL), "figures", "sketch" and those of document_ids.h;
// then, of all batches, out.bundle (shuffle.h), ids.bundle, rejects-STEP.jsonl.zst and
// quarantine.jsonl.zst.
struct PassPlan {
  std::string name;
  std::optional<fs::path> before;  // folder of the pass before; none: this is the first
  std::vector<fs::path> findings;  // GroupFiles::findings of `applies`
  std::optional<size_t> applies;   // index in CurateRecipe::steps of the group step before it
  std::vector<size_t> steps;       // document steps
  std::optional<size_t> sketches;  // the group step after it
};

std::unique_ptr<Stage> make_pass(const CurateRecipe& recipe, PassPlan plan);

}  // namespace fundi::curate
