#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
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

// What is on its way to partitions: records of one trivially copyable type, or pieces of bytes that
// tell where they end. A task writes one bundle, in which each partition has any number of
// sections, each of whole pieces; a task that receives reads its sections of every sender's bundle.
class Outbox {
 public:
  // Keeps everything: what a batch of documents sketches.
  explicit Outbox(size_t partitions) : boxes_(partitions) {}
  // Goes to a bundle, which appears at commit(). Boxes are written out when they are full, and when
  // all together take `memory` bytes.
  Outbox(size_t partitions, const fs::path& bundle, uint64_t memory);

  template <typename T>
  void send(size_t partition, const T& record) {
    static_assert(std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>);
    send_bytes(partition, {reinterpret_cast<const char*>(&record), sizeof(T)});
  }
  void send_bytes(size_t partition, std::string_view bytes) {
    boxes_[partition].append(bytes);
    held_ += bytes.size();
    if (bundle_ && (boxes_[partition].size() >= kFullBox || held_ >= most_)) write_out(partition);
  }
  size_t partitions() const { return boxes_.size(); }
  void commit();  // of one that goes to a bundle; throws kIo
  // All boxes as one string, and another's so packed sent on. send_packed throws kCorruptData.
  std::string pack() const;
  void send_packed(std::string_view bytes);

 private:
  static constexpr size_t kFullBox = 1 << 20;
  void write_out(size_t partition);
  void write_box(size_t partition);
  std::vector<std::string> boxes_;
  uint64_t held_ = 0, most_ = 0;
  std::optional<BundleWriter> bundle_;
};

// Gives what those bundles hold for a partition section by section: in the order of the paths, and
// of each in that of sending. A bundle that is missing (of a task that was given up) holds nothing.
void receive(const std::vector<fs::path>& bundles, size_t partition,
             const std::function<void(std::string_view section)>& take);

// How many bytes that is.
uint64_t received_bytes(const std::vector<fs::path>& bundles, size_t partition);

// Calls body(record) for each record of a section.
template <typename T, typename Body>
void for_each_record(std::string_view section, const Body& body) {
  for (T record; section.size() >= sizeof(T); section.remove_prefix(sizeof(T))) {
    std::memcpy(&record, section.data(), sizeof(T));
    body(record);
  }
}

}  // namespace fundi::curate
