#pragma once

#include <string_view>
#include <vector>

namespace fundi::curate {

// The sentences of a text by UAX #29 and what is known of its script, without white space at their
// ends; a line break ends one. Never empty ones. Replaces `sentences`, whose views point into
// `text` (well-formed UTF-8).
void split_sentences(std::string_view text, std::vector<std::string_view>& sentences);

}  // namespace fundi::curate
