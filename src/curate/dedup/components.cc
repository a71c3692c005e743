#include "curate/dedup/components.h"

#include <algorithm>
#include <atomic>
#include <memory>

#include "base/error.h"
#include "base/parallel.h"
#include "base/random.h"
#include "curate/dedup/record_sort.h"

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

void bucket_edges(const std::function<bool(BucketEntry&)>& entries, const EdgeSink& out) {
  BucketEntry first, entry;
  for (bool any = false; entries(entry); any = true) {
    if (!any || entry.key != first.key) {
      first = entry;
    } else if (entry.ordinal != first.ordinal) {
      out({entry.ordinal, first.ordinal});
    }
  }
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

namespace {

using Partitions = std::vector<std::vector<Edge>>;

EdgeSource source_of(const std::vector<Edge>& edges) {
  return [&edges, at = size_t{0}](Edge& edge) mutable {
    return at < edges.size() && (edge = edges[at++], true);
  };
}

template <typename Step>
uint64_t run_step(Partitions& from, const Step& step) {
  const auto count = static_cast<uint32_t>(from.size());
  std::vector<Partitions> written(count, Partitions(count));
  std::atomic<uint64_t> changed = 0;
  parallel_each(count, [&](int64_t p) {
    std::vector<Edge>& edges = from[static_cast<size_t>(p)];
    sort_records(edges);
    Partitions& out = written[static_cast<size_t>(p)];
    changed += step(source_of(edges),
                    [&](const Edge& edge) { out[partition_of(edge.node, count)].push_back(edge); });
  });
  for (uint32_t to = 0; to < count; ++to) {
    from[to].clear();
    for (const Partitions& out : written) {
      from[to].insert(from[to].end(), out[to].begin(), out[to].end());
    }
  }
  return changed;
}

// The nodes of edges, numbered in their order.
class NodeIndex {
 public:
  explicit NodeIndex(std::span<const Edge> edges) {
    collect(edges);
    if (nodes_.empty()) return;
    const uint64_t width = nodes_.back() - nodes_.front();
    while (width >> shift_ >= 2 * nodes_.size()) ++shift_;
    begins_.resize((width >> shift_) + 2);
    for (const uint64_t node : nodes_) ++begins_[slot(node) + 1];
    for (size_t i = 1; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
  }
  const std::vector<uint64_t>& nodes() const { return nodes_; }
  uint32_t operator[](uint64_t node) const {
    const auto begin = nodes_.begin() + begins_[slot(node)],
               end = nodes_.begin() + begins_[slot(node) + 1];
    return static_cast<uint32_t>(std::lower_bound(begin, end, node) - nodes_.begin());
  }

 private:
  void collect(std::span<const Edge> edges) {
    struct Node {
      uint64_t value;
    };
    std::vector<Node> ends;
    ends.reserve(2 * edges.size());
    for (const Edge& edge : edges) {
      if (edge.node == edge.other) continue;
      ends.push_back({edge.node});
      ends.push_back({edge.other});
    }
    sort_records(ends);
    for (const Node& end : ends) {
      if (nodes_.empty() || nodes_.back() != end.value) nodes_.push_back(end.value);
    }
    if (nodes_.size() > UINT32_MAX) {
      fail(ErrorCode::kUnsupported, "{} nodes are too many for one memory; use partitions",
           nodes_.size());
    }
  }
  size_t slot(uint64_t node) const { return (node - nodes_.front()) >> shift_; }
  std::vector<uint64_t> nodes_;
  unsigned shift_ = 0;
  std::vector<uint32_t> begins_;  // the first of nodes_ in each slot: ordinals are spread evenly
};

// Parents are never greater than their children, so that a root is the least of its tree.
class UnionFind {
 public:
  explicit UnionFind(size_t nodes) : parents_(std::make_unique<std::atomic<uint32_t>[]>(nodes)) {
    for (size_t i = 0; i < nodes; ++i) parents_[i].store(static_cast<uint32_t>(i), kRelaxed);
  }
  uint32_t find(uint32_t node) {
    while (true) {
      uint32_t parent = parents_[node].load(kRelaxed);
      const uint32_t grand = parents_[parent].load(kRelaxed);
      if (parent == grand) return parent;
      parents_[node].compare_exchange_weak(parent, grand, kRelaxed);  // halves the path
      node = grand;
    }
  }
  void unite(uint32_t a, uint32_t b) {
    while (true) {
      a = find(a), b = find(b);
      if (a == b) return;
      if (a < b) std::swap(a, b);
      uint32_t root = a;
      if (parents_[a].compare_exchange_strong(root, b, kRelaxed)) return;
    }
  }

 private:
  static constexpr auto kRelaxed = std::memory_order_relaxed;
  std::unique_ptr<std::atomic<uint32_t>[]> parents_;
};

}  // namespace

std::vector<Membership> components_by_stars(std::span<const Edge> edges, uint32_t partitions,
                                            int* rounds) {
  Partitions current(std::max<uint32_t>(partitions, 1));
  const auto count = static_cast<uint32_t>(current.size());
  for (const Edge& edge : edges) {
    if (edge.node == edge.other) continue;
    current[partition_of(edge.node, count)].push_back(edge);
    current[partition_of(edge.other, count)].push_back({edge.other, edge.node});
  }
  for (int round = 1;; ++round) {
    uint64_t changed = run_step(current, large_star);
    changed += run_step(current, small_star);
    if (rounds != nullptr) *rounds = round;
    if (changed == 0) break;
  }
  std::vector<Membership> result;
  for (std::vector<Edge>& part : current) {
    sort_records(part);
    memberships(source_of(part), [&](const Membership& member) { result.push_back(member); });
  }
  sort_records(result);
  return result;
}

std::vector<Membership> components_in_memory(std::span<const Edge> edges) {
  const NodeIndex index(edges);
  const std::vector<uint64_t>& nodes = index.nodes();
  UnionFind sets(nodes.size());
  parallel_ranges(
      static_cast<int64_t>(edges.size()),
      [&](int64_t begin, int64_t end, int) {
        for (const Edge& edge : edges.subspan(begin, end - begin)) {
          if (edge.node != edge.other) sets.unite(index[edge.node], index[edge.other]);
        }
      },
      4096);
  std::vector<Membership> result(nodes.size());
  parallel_ranges(
      static_cast<int64_t>(nodes.size()),
      [&](int64_t begin, int64_t end, int) {
        for (auto i = static_cast<size_t>(begin); i < static_cast<size_t>(end); ++i) {
          result[i] = {nodes[i], nodes[sets.find(static_cast<uint32_t>(i))]};
        }
      },
      4096);
  return result;
}

}  // namespace fundi::curate::dedup
