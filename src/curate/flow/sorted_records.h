#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "curate/dedup/record_sort.h"
#include "curate/flow/shuffle.h"

namespace fundi::curate {

// The records that those bundles hold for a partition, in order (dedup/record.h), one by one until
// it answers false. What does not fit into `memory` bytes is spilt to `folder`.
template <dedup::FixedRecord T>
std::function<bool(T&)> sorted_records(const std::vector<fs::path>& bundles, size_t partition,
                                       const fs::path& folder, uint64_t memory) {
  const auto sorter = std::make_shared<dedup::RecordSorter<T>>(folder, memory);
  receive(bundles, partition, [&](std::string_view section) {
    for_each_record<T>(section, [&](const T& record) { sorter->add(record); });
  });
  return [sorter](T& record) { return sorter->next(record); };
}

}  // namespace fundi::curate
