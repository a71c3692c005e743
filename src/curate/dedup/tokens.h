#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace fundi::curate::dedup {

// A simplified word and where it came from.
struct Token {
  uint64_t hash = 0;
  uint64_t begin = 0, end = 0;  // bytes of the original text
};

// The words of simplify(text), each found again in the text itself. A word is known by itself,
// whatever stands around it, so that a quotation has the tokens of what it quotes. Replaces
// `tokens`.
void tokenize(std::string_view text, std::vector<Token>& tokens);

}  // namespace fundi::curate::dedup
