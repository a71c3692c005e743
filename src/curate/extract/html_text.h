#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "curate/extract/html_main.h"
#include "curate/extract/html_tree.h"

namespace fundi::curate::html {

// The text of what is selected, laid out as html.h says; no white space at its ends. Throws
// kCorruptData beyond `max_text` bytes.
std::string render(const Tree& tree, const Selection& selection, uint64_t max_text);

// The text of a subtree in one line, at most some thousand bytes.
std::string line_of(const Tree& tree, uint32_t node, const std::vector<uint8_t>& dropped);

// White space of any kind folded to single spaces, none at the ends.
std::string fold_spaces(std::string_view text);

}  // namespace fundi::curate::html
