#include "curate/flow/shuffle.h"

#include "base/error.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {

// Half of the memory: a string that grows takes up to twice its size.
Outbox::Outbox(size_t partitions, const fs::path& bundle, uint64_t memory)
    : boxes_(partitions), most_(memory / 2), bundle_(bundle) {}

void Outbox::write_box(size_t partition) {
  std::string& box = boxes_[partition];
  if (box.empty()) return;
  bundle_->add(std::to_string(partition), box);
  held_ -= box.size();
  std::string().swap(box);  // its room goes too: others fill next
}

void Outbox::write_out(size_t partition) {
  if (held_ < most_) return write_box(partition);
  for (size_t i = 0; i < boxes_.size(); ++i) write_box(i);
}

void Outbox::commit() {
  for (size_t i = 0; i < boxes_.size(); ++i) write_box(i);
  bundle_->commit();
}

std::string Outbox::pack() const {
  std::string out;
  for (const std::string& box : boxes_) {
    const uint64_t size = box.size();
    out.append(reinterpret_cast<const char*>(&size), sizeof(size));
  }
  for (const std::string& box : boxes_) out += box;
  return out;
}

void Outbox::send_packed(std::string_view bytes) {
  std::vector<uint64_t> sizes(boxes_.size());
  const size_t head = sizes.size() * sizeof(uint64_t);
  if (bytes.size() >= head) std::memcpy(sizes.data(), bytes.data(), head);
  size_t at = head;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (at > bytes.size() || sizes[i] > bytes.size() - at) {
      fail(ErrorCode::kCorruptData, "a sketch is cut off; remove the work folder and run again");
    }
    if (sizes[i] > 0) send_bytes(i, bytes.substr(at, sizes[i]));
    at += sizes[i];
  }
}

namespace {

// Calls body(bundle, i) for each section of the partition.
template <typename Body>
void for_each_section(const std::vector<fs::path>& bundles, size_t partition, const Body& body) {
  const std::string name = std::to_string(partition);
  for (const fs::path& path : bundles) {
    if (!fs::exists(path)) {
      if (has_done(path.parent_path())) fail_damaged(path, "is missing");
      continue;
    }
    const Bundle bundle(path);
    for (size_t i = 0; i < bundle.sections(); ++i) {
      if (bundle.name(i) == name) body(bundle, i);
    }
  }
}

}  // namespace

void receive(const std::vector<fs::path>& bundles, size_t partition,
             const std::function<void(std::string_view)>& take) {
  for_each_section(bundles, partition,
                   [&](const Bundle& bundle, size_t i) { take(bundle.stored(i)); });
}

uint64_t received_bytes(const std::vector<fs::path>& bundles, size_t partition) {
  uint64_t bytes = 0;
  for_each_section(bundles, partition,
                   [&](const Bundle& bundle, size_t i) { bytes += bundle.size(i); });
  return bytes;
}

}  // namespace fundi::curate
