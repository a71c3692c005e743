#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/random.h"

namespace fundi::data {

// A wording ("What is {headword} in English?") with single words dropped, replaced or joined by a
// stranger, each third as likely (after EDA, Wei & Zou 2019, arXiv:1901.11196): who learns from
// such wordings does not stumble over a word that was in none of them. A word is what stands
// between spaces; each is touched with probability `rate`, but for placeholders, their direct
// neighbours and words around a line break. Strangers come from `words`, which must not be empty.
std::string add_word_noise(std::string_view wording, double rate,
                           std::span<const std::string> words, Random& random);

}  // namespace fundi::data
