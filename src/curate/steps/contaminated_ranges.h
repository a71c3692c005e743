#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "curate/dedup/contamination.h"

namespace fundi::curate {

// What goes from a text so that nothing of an evaluation set is left: `matches` (what index.scan
// found in it), then what the words that this brings together match, and so on. Only the words
// around a cut are looked at again: linear in the text, however often it happens. Words are those
// of the whole text; where a cut makes another word of two, a further scan may find more. `ngram`
// is that of the index. Merged (dedup/cut.h).
std::vector<dedup::TextRange> contaminated_ranges(
    const dedup::ContaminationIndex& index, size_t ngram, std::string_view text,
    const std::vector<dedup::ContaminationMatch>& matches);

}  // namespace fundi::curate
