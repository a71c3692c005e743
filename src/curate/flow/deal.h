#pragma once

#include <cstdint>
#include <functional>

#include "curate/document.h"
#include "curate/flow/recipe.h"

namespace fundi::curate {

// What becomes of a document in the mix.
struct Dealt {
  int64_t copies = 0;     // how often it is written
  bool held_out = false;  // for validation
};

// Of a source with this rate: as often as its whole part, and once more for the fraction, drawn by
// the seed and the document's place. What is held out, with all that share its "cluster", is
// written once. `document` is asked for where it matters.
Dealt deal_document(const CurateRecipe& recipe, uint64_t ordinal, double rate,
                    const std::function<Document()>& document);

}  // namespace fundi::curate
