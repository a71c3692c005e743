#include "curate/groups/clusters.h"

#include <algorithm>

namespace fundi::curate {
namespace {

constexpr size_t kClusters = 5, kDocuments = 4;  // noted: of a task, of a cluster

}  // namespace

uint64_t Clusters::add(uint64_t ordinal, bool begins) {
  if (begins) end();
  if (++size_ <= kDocuments) documents_.push_back(ordinal);
  return documents_.front();
}

void Clusters::end() {
  if (size_ > 1) {
    ++task_.counts["clusters"];
    Json& noted = task_.examples;
    const auto place = std::find_if(noted.begin(), noted.end(), [&](const Json& other) {
      return other.at("size").get<uint64_t>() < size_;
    });
    noted.insert(place, Json{{"size", size_}, {"documents", documents_}});
    if (noted.size() > kClusters) noted.erase(kClusters);
  }
  size_ = 0;
  documents_.clear();
}

}  // namespace fundi::curate
