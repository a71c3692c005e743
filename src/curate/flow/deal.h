#pragma once

#include <cstdint>

#include "curate/document.h"
#include "curate/flow/recipe.h"

namespace fundi::curate {

// How often a document of a source with this rate is written: the whole part of the rate, and once
// more for the fraction, drawn by the seed and the document's place.
int64_t copies_of(const CurateRecipe& recipe, uint64_t ordinal, double rate);

// Whether it goes to the validation side, once: so do all that share its "cluster".
bool is_held_out(const CurateRecipe& recipe, const Document& document);

}  // namespace fundi::curate
