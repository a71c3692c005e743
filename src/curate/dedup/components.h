#pragma once

#include <cstdint>
#include <functional>

#include "curate/dedup/record.h"

namespace fundi::curate::dedup {

// Connected components of a graph that no memory holds, by alternating large-star and small-star
// (Kiveris et al. 2014, "Connected Components in MapReduce and Beyond"). A file of edges is
// partitioned by partition_of(node) and sorted; a round is two steps, each of which reads a
// partition of one file and writes to all partitions of the next:
//   large star  of edges that stand under both their ends:       each neighbour above u points to m
//   small star  of edges that stand under their greater end:     u and its neighbours point to m
// with m the least of u and its neighbours. When neither step changes anything, each edge points
// from a node to the least node of its component. O(log^2 n) rounds, a handful in practice. A step
// reads its partition once, in order, in constant memory, and gives the same for the same input.
struct Edge {
  uint64_t node = 0;  // under which it stands
  uint64_t other = 0;
  bool operator==(const Edge&) const = default;
};

uint32_t partition_of(uint64_t node, uint32_t partitions);

using EdgeSource = std::function<bool(Edge&)>;      // sorted; edges may come twice
using EdgeSink = std::function<void(const Edge&)>;  // goes to partition_of(edge.node)

// Each gives what the other reads next and returns how many edges it changed.
uint64_t large_star(const EdgeSource& edges, const EdgeSink& out);
uint64_t small_star(const EdgeSource& edges, const EdgeSink& out);

// A node and the least node of its component, which is its own.
struct Membership {
  uint64_t node = 0;
  uint64_t component = 0;
  bool operator==(const Membership&) const = default;
};

// From what small star gave in a round without changes, each node of this partition once, in order.
void memberships(const EdgeSource& edges, const std::function<void(const Membership&)>& out);

}  // namespace fundi::curate::dedup
