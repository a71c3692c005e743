#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "curate/extract/html_hints.h"
#include "curate/extract/html_tags.h"

namespace fundi::curate::html {

// An element or a text. Nodes lie in document order: those of the subtree of node i are i + 1 up to
// nodes[i].end.
struct Node {
  Tag tag = Tag::kText;
  uint8_t level = 0;    // of a heading
  uint16_t hints = 0;   // of an element
  bool linked = false;  // a text in <a href>, but for code and links within the page
  bool spaced = false;  // a text with white space between it and the text before
  uint32_t parent = 0;
  uint32_t end = 0;
  uint32_t begin = 0, size = 0;  // of a text: where it lies in the source, references not replaced
};

// The elements of a page. Formatting without any hint makes no node; blank text only where it
// counts, within <pre>.
struct Tree {
  std::string_view source;
  std::vector<Node> nodes;  // nodes[0] is <html>
  std::string title, og_title, language;

  std::string_view text(const Node& node) const { return source.substr(node.begin, node.size); }
  bool has(const Node& node, uint16_t flags) const { return (flags_of(node.tag) & flags) != 0; }
};

// Never refuses what is merely malformed. Elements below `max_depth` are left out, their text is
// not. Throws kCorruptData for more than kMaxNodes nodes, or 4 GiB of source.
constexpr size_t kMaxNodes = 4'000'000;
Tree parse(std::string_view source, uint64_t max_depth);

}  // namespace fundi::curate::html
