#include "curate/dedup/components.h"

#include <algorithm>

#include "base/random.h"

namespace fundi::curate::dedup {
namespace {

// Calls body(node, least neighbour, next), where next(neighbour) goes through all neighbours in
// order, each once.
template <typename Body>
void for_each_node(const EdgeSource& edges, const Body& body) {
  Edge edge;
  bool more = edges(edge);
  while (more) {
    const uint64_t node = edge.node;
    bool fresh = true;
    const auto next = [&](uint64_t& neighbour) {
      while (more && edge.node == node && !fresh && edge.other == neighbour) more = edges(edge);
      if (!more || edge.node != node) return false;
      neighbour = edge.other;
      fresh = false;
      return true;
    };
    body(node, edge.other, next);
  }
}

}  // namespace

uint32_t partition_of(uint64_t node, uint32_t partitions) {
  // Of the upper half of the mixed bits the share that belongs to the partition: even for any
  // count.
  return static_cast<uint32_t>((Random::mix(node) >> 32) * partitions >> 32);
}

uint64_t large_star(const EdgeSource& edges, const EdgeSink& out) {
  uint64_t changed = 0;
  for_each_node(edges, [&](uint64_t node, uint64_t least, const auto& next) {
    const uint64_t m = std::min(node, least);
    for (uint64_t neighbour; next(neighbour);) {
      if (neighbour <= node) continue;
      out({neighbour, m});
      changed += m != node;
    }
  });
  return changed;
}

uint64_t small_star(const EdgeSource& edges, const EdgeSink& out) {
  uint64_t changed = 0;
  const auto emit = [&](uint64_t node, uint64_t m) {
    out({node, m});
    out({m, node});
  };
  for_each_node(edges, [&](uint64_t node, uint64_t m, const auto& next) {
    emit(node, m);
    for (uint64_t neighbour; next(neighbour);) {
      if (neighbour == m) continue;
      emit(neighbour, m);
      ++changed;
    }
  });
  return changed;
}

void memberships(const EdgeSource& edges, const std::function<void(const Membership&)>& out) {
  for_each_node(edges, [&](uint64_t node, uint64_t least, const auto& next) {
    for (uint64_t neighbour; next(neighbour);) {
    }
    out({node, std::min(node, least)});
  });
}

}  // namespace fundi::curate::dedup
