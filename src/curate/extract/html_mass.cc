#include "curate/extract/html_mass.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fundi::curate::html {
namespace {

// By first byte of a character; continuation bytes and white space weigh nothing.
constexpr std::array<uint8_t, 256> kWeights = [] {
  std::array<uint8_t, 256> weights{};
  for (size_t byte = 0x21; byte < 0x80; ++byte) weights[byte] = 1;
  for (size_t byte = 0xC2; byte < 0xF5; ++byte) weights[byte] = 1;
  for (size_t byte = 0xE3; byte < 0xEE; ++byte) weights[byte] = 3;  // CJK, Hangul
  return weights;
}();

uint32_t weight_of(std::string_view text) {
  uint32_t weight = 0;
  for (const char c : text) weight += kWeights[static_cast<unsigned char>(c)];
  return weight;
}

// Text between two boundaries of blocks, or two line breaks.
struct Run {
  uint32_t block = 0;
  float weight = 0, links = 0;
};

}  // namespace

std::vector<Mass> measure(const Tree& tree, const std::vector<uint8_t>& dropped) {
  const std::vector<Node>& nodes = tree.nodes;
  std::vector<Mass> masses(nodes.size());
  std::vector<uint32_t> blocks(nodes.size());  // the innermost block around each node
  Run run;
  const auto finish_run = [&](uint32_t block) {
    const float text = run.weight - run.links;
    masses[run.block].prose += text * std::min(1.0f, text / kFullRun);
    run = {.block = block};
  };
  int breaks = 0;
  for (uint32_t i = 0; i < nodes.size();) {
    if (dropped[i]) {
      i = nodes[i].end;
      continue;
    }
    const Node& node = nodes[i];
    blocks[i] = tree.has(node, kBlock) ? i : blocks[node.parent];
    if (node.tag == Tag::kText) {
      breaks = 0;
      if (blocks[i] != run.block) finish_run(blocks[i]);
      const auto weight = static_cast<float>(weight_of(tree.text(node)));
      masses[i].weight = weight;
      masses[i].links = node.linked ? weight : 0;
      run.weight += weight;
      run.links += masses[i].links;
    } else if (blocks[i] == i || (node.tag == Tag::kBr && ++breaks == 2)) {
      finish_run(blocks[i]);
    }
    ++i;
  }
  finish_run(0);
  for (size_t i = nodes.size(); i-- > 1;) {
    Mass& parent = masses[nodes[i].parent];
    parent.weight += masses[i].weight;
    parent.links += masses[i].links;
    parent.prose += masses[i].prose;
  }
  return masses;
}

}  // namespace fundi::curate::html
