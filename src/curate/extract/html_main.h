#pragma once

#include <cstdint>
#include <vector>

#include "curate/extract/html_tree.h"

namespace fundi::curate::html {

// The part of a page that becomes text: the subtrees of `roots`, which lie one after another,
// without those of dropped nodes.
struct Selection {
  std::vector<uint32_t> roots;
  std::vector<uint8_t> dropped;  // by node
};

// Everything that a browser shows.
Selection select_visible(const Tree& tree);

// The main content, whatever the language: first what elements, roles and class names say is
// clutter goes, unless most of the page's prose is in it; then the walk goes from <body> to
// whichever child holds nearly all prose; then what is mostly links goes. The page's title and a
// lead that stand before all that are kept. "Prose" counts the characters outside of links, those
// of short lines little. (After the ideas of Readability, of boilerpipe (Kohlschütter et al. 2010)
// and of Trafilatura (Barbaresi 2021).)
Selection select_main(const Tree& tree);

}  // namespace fundi::curate::html
