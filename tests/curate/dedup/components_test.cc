#include "curate/dedup/components.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/parallel.h"
#include "base/random.h"

namespace fundi::curate::dedup {
namespace {

using ::testing::ElementsAre;

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
  const int threads = thread_count();
  set_thread_count(1);  // thousands of tiny graphs
  for (int kind = 0; kind < 6; ++kind) {
    for (uint64_t seed = 0; seed < 12; ++seed) {
      const std::vector<Edge> edges = graph(kind, seed);
      const std::vector<Membership> expected = by_brute_force(edges);
      EXPECT_EQ(components_in_memory(edges), expected) << kind << ' ' << seed;
      for (const uint32_t partitions : {1, 2, 7, 64}) {
        ASSERT_EQ(components_by_stars(edges, partitions), expected)
            << "kind " << kind << ", seed " << seed << ", partitions " << partitions;
      }
    }
  }
  set_thread_count(threads);
}

TEST(Components, AreTheSameForAnyNumberOfThreads) {
  Random random(7);
  std::vector<Edge> edges;
  for (int i = 0; i < 200'000; ++i) edges.push_back({random.below(150'000), random.below(150'000)});
  const int threads = thread_count();
  set_thread_count(1);
  const std::vector<Membership> one = components_in_memory(edges);
  set_thread_count(4);
  EXPECT_EQ(components_in_memory(edges), one);
  EXPECT_EQ(components_by_stars(edges, 8), one);
  set_thread_count(threads);
}

TEST(Components, ALongPathTakesFewRounds) {
  std::vector<Edge> edges;
  for (uint64_t i = 1; i < 100'000; ++i) edges.push_back({Random::mix(i - 1), Random::mix(i)});
  int rounds = 0;
  const std::vector<Membership> members = components_by_stars(edges, 4, &rounds);
  EXPECT_LE(rounds, 20);
  EXPECT_EQ(members, components_in_memory(edges));
  EXPECT_EQ(members.front().component, members.back().component);
}

TEST(Components, NothingGivesNothing) {
  EXPECT_TRUE(components_by_stars({}, 3).empty());
  EXPECT_TRUE(components_in_memory({}).empty());
  const std::vector<Edge> loop = {{5, 5}};
  EXPECT_TRUE(components_by_stars(loop, 3).empty());
  EXPECT_TRUE(components_in_memory(loop).empty());
}

TEST(BucketEdges, LinkEachDocumentOfABucketWithItsFirst) {
  const std::vector<BucketEntry> entries = {{1, 4}, {2, 3}, {2, 5}, {2, 5}, {2, 9}, {7, 1}, {7, 1}};
  std::vector<Edge> edges;
  bucket_edges(
      [&, at = size_t{0}](BucketEntry& entry) mutable {
        return at < entries.size() && (entry = entries[at++], true);
      },
      [&](const Edge& edge) { edges.push_back(edge); });
  EXPECT_THAT(edges, ElementsAre(Edge{5, 3}, Edge{5, 3}, Edge{9, 3}));
}

TEST(PartitionOf, IsEven) {
  std::vector<int> counts(7);
  for (uint64_t node = 0; node < 70'000; ++node) ++counts.at(partition_of(node, 7));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

}  // namespace
}  // namespace fundi::curate::dedup
