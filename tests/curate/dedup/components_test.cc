#include "curate/dedup/components.h"

#include <gtest/gtest.h>

#include <map>
#include <span>
#include <unordered_map>

#include "base/random.h"
#include "curate/dedup/record_sort.h"

namespace fundi::curate::dedup {
namespace {

std::vector<Membership> by_brute_force(std::span<const Edge> edges) {
  std::map<uint64_t, uint64_t> component;
  for (const Edge& edge : edges) {
    if (edge.node != edge.other)
      component[edge.node] = edge.node, component[edge.other] = edge.other;
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (const Edge& edge : edges) {
      if (edge.node == edge.other) continue;
      uint64_t &a = component[edge.node], &b = component[edge.other];
      if (a != b) a = b = std::min(a, b), changed = true;
    }
  }
  std::vector<Membership> out;
  for (const auto& [node, least] : component) out.push_back({node, least});
  return out;
}

// What brute force is too slow for: union-find.
std::vector<Membership> by_union_find(std::span<const Edge> edges) {
  std::unordered_map<uint64_t, uint64_t> parents;
  const auto find = [&](uint64_t node) {
    for (uint64_t parent = 0; (parent = parents.try_emplace(node, node).first->second) != node;) {
      node = parents[node] = parents[parent];
    }
    return node;
  };
  for (const Edge& edge : edges) {
    if (edge.node == edge.other) continue;
    const uint64_t a = find(edge.node), b = find(edge.other);
    parents[std::max(a, b)] = std::min(a, b);
  }
  std::vector<Membership> out;
  for (const auto& [node, parent] : parents) out.push_back({node, find(node)});
  sort_records(out);
  return out;
}

using Partitions = std::vector<std::vector<Edge>>;

EdgeSource source_of(std::vector<Edge>& edges) {
  sort_records(edges);
  return [&edges, at = size_t{0}](Edge& edge) mutable {
    return at < edges.size() && (edge = edges[at++], true);
  };
}

template <typename Step>
uint64_t run_step(Partitions& partitions, const Step& step) {
  const auto count = static_cast<uint32_t>(partitions.size());
  Partitions out(count);
  uint64_t changed = 0;
  for (std::vector<Edge>& edges : partitions) {
    changed += step(source_of(edges),
                    [&](const Edge& edge) { out[partition_of(edge.node, count)].push_back(edge); });
  }
  partitions = std::move(out);
  return changed;
}

// Rounds of both stars on partitions.
std::vector<Membership> by_stars(std::span<const Edge> edges, uint32_t partitions,
                                 int* rounds = nullptr) {
  Partitions current(partitions);
  for (const Edge& edge : edges) {
    if (edge.node == edge.other) continue;
    current[partition_of(edge.node, partitions)].push_back(edge);
    current[partition_of(edge.other, partitions)].push_back({edge.other, edge.node});
  }
  for (int round = 1;; ++round) {
    uint64_t changed = run_step(current, large_star);
    changed += run_step(current, small_star);
    if (rounds != nullptr) *rounds = round;
    if (changed == 0) break;
  }
  std::vector<Membership> result;
  for (std::vector<Edge>& part : current) {
    memberships(source_of(part), [&](const Membership& member) { result.push_back(member); });
  }
  sort_records(result);
  return result;
}

// Nodes are numbered by `name`, so that the least is anywhere.
std::vector<Edge> graph(int kind, uint64_t seed) {
  Random random(seed, kind);
  std::vector<uint64_t> name(150);
  for (uint64_t& n : name) n = random.next() >> random.below(60);
  std::vector<Edge> edges;
  const auto link = [&](uint64_t a, uint64_t b) {
    if (random.below(2)) std::swap(a, b);
    edges.push_back({name[a], name[b]});
  };
  switch (kind) {
    case 0:  // paths
      for (size_t i = 1; i < name.size(); ++i) {
        if (i % 50) link(i - 1, i);
      }
      break;
    case 1:  // stars
      for (size_t i = 0; i < name.size(); ++i) link(i, i % 3);
      break;
    case 2:  // cliques
      for (size_t i = 0; i < 40; ++i) {
        for (size_t j = 0; j < 40; ++j) {
          if (i / 10 == j / 10) link(i, j);
        }
      }
      break;
    case 3:  // few edges at random
      for (int i = 0; i < 70; ++i) link(random.below(name.size()), random.below(name.size()));
      break;
    case 4:  // many, some of them twice
      for (int i = 0; i < 400; ++i) link(random.below(60), random.below(60));
      edges.insert(edges.end(), edges.begin(), edges.begin() + 100);
      break;
    default:  // trees
      for (size_t i = 1; i < name.size(); ++i) link(i, random.below(i));
  }
  return edges;
}

TEST(Components, EqualBruteForceForAnyNumberOfPartitions) {
  for (int kind = 0; kind < 6; ++kind) {
    for (uint64_t seed = 0; seed < 12; ++seed) {
      const std::vector<Edge> edges = graph(kind, seed);
      const std::vector<Membership> expected = by_brute_force(edges);
      EXPECT_EQ(by_union_find(edges), expected) << kind << ' ' << seed;
      for (const uint32_t partitions : {1, 2, 7, 64}) {
        ASSERT_EQ(by_stars(edges, partitions), expected)
            << "kind " << kind << ", seed " << seed << ", partitions " << partitions;
      }
    }
  }
}

TEST(Components, OfALargeGraphEqualUnionFinds) {
  Random random(7);
  std::vector<Edge> edges;
  for (int i = 0; i < 200'000; ++i) edges.push_back({random.below(150'000), random.below(150'000)});
  EXPECT_EQ(by_stars(edges, 8), by_union_find(edges));
}

TEST(Components, ALongPathTakesFewRounds) {
  std::vector<Edge> edges;
  for (uint64_t i = 1; i < 100'000; ++i) edges.push_back({Random::mix(i - 1), Random::mix(i)});
  int rounds = 0;
  const std::vector<Membership> members = by_stars(edges, 4, &rounds);
  EXPECT_LE(rounds, 20);
  EXPECT_EQ(members, by_union_find(edges));
  EXPECT_EQ(members.front().component, members.back().component);
}

TEST(Components, NothingGivesNothing) {
  EXPECT_TRUE(by_stars({}, 3).empty());
  const std::vector<Edge> loop = {{5, 5}};
  EXPECT_TRUE(by_stars(loop, 3).empty());
}

TEST(PartitionOf, IsEven) {
  std::vector<int> counts(7);
  for (uint64_t node = 0; node < 70'000; ++node) ++counts.at(partition_of(node, 7));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

}  // namespace
}  // namespace fundi::curate::dedup
