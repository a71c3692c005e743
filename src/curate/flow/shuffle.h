#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/files.h"
#include "curate/flow/bundle.h"

namespace fundi::curate {

// The partition of a hash: ranges of hashes, in order.
inline size_t partition_of(uint64_t hash, size_t partitions) {
  return static_cast<size_t>((static_cast<unsigned __int128>(hash) * partitions) >> 64);
}

// Records of one trivially copyable type on their way to partitions. A task writes one bundle with
// a section a partition; a task that receives reads its section of every sender's bundle.
class Outbox {
 public:
  explicit Outbox(size_t partitions) : boxes_(partitions) {}
  template <typename T>
  void send(size_t partition, const T& record) {
    static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
    boxes_[partition].append(reinterpret_cast<const char*>(&record), sizeof(T));
  }
  size_t partitions() const { return boxes_.size(); }
  const std::string& box(size_t partition) const { return boxes_[partition]; }
  void write(const fs::path& path) const;  // sections in the order of partitions
  // All boxes as one string, and another's so packed put into these. append_packed throws
  // kCorruptData.
  std::string pack() const;
  void append_packed(std::string_view bytes);

 private:
  std::vector<std::string> boxes_;
};

template <typename T>
void append_records(std::string_view bytes, std::vector<T>& records) {
  const size_t before = records.size(), more = bytes.size() / sizeof(T);
  records.resize(before + more);
  if (more > 0) std::memcpy(records.data() + before, bytes.data(), more * sizeof(T));
}

// What those bundles hold for a partition, in the order of the paths; a bundle that is missing (of
// a task that was given up) holds nothing.
std::string receive(const std::vector<fs::path>& bundles, size_t partition);

template <typename T>
std::vector<T> receive_records(const std::vector<fs::path>& bundles, size_t partition) {
  std::vector<T> records;
  append_records(receive(bundles, partition), records);
  return records;
}

}  // namespace fundi::curate
