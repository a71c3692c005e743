#pragma once

#include <cstdint>
#include <vector>

#include "curate/extract/html_tree.h"

namespace fundi::curate::html {

// How much text a subtree holds, in characters without white space; an ideograph counts as three.
struct Mass {
  float weight = 0;
  float links = 0;  // of it in links
  float prose = 0;  // outside of links, runs of text of less than kFullRun the less the shorter
};
constexpr float kFullRun = 80;

// Of each node, without the subtrees of `dropped` ones.
std::vector<Mass> measure(const Tree& tree, const std::vector<uint8_t>& dropped);

}  // namespace fundi::curate::html
