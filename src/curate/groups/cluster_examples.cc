#include "curate/groups/cluster_examples.h"

namespace fundi::curate {

void add_cluster_example(GroupTask& task, size_t size, const std::vector<uint64_t>& documents) {
  constexpr size_t kClusters = 5;
  const auto size_of = [](const Json& cluster) { return cluster.at("size").get<size_t>(); };
  Json& clusters = task.examples;
  if (clusters.size() == kClusters && size_of(clusters.back()) >= size) return;
  clusters.push_back({{"size", size}, {"documents", documents}});
  std::stable_sort(clusters.begin(), clusters.end(),
                   [&](const Json& a, const Json& b) { return size_of(a) > size_of(b); });
  if (clusters.size() > kClusters) clusters.erase(clusters.begin() + kClusters);
}

}  // namespace fundi::curate
