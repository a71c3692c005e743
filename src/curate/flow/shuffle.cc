#include "curate/flow/shuffle.h"

#include "base/error.h"

namespace fundi::curate {

void Outbox::write(const fs::path& path) const {
  BundleWriter bundle(path);
  for (size_t i = 0; i < boxes_.size(); ++i) bundle.add(std::to_string(i), boxes_[i]);
  bundle.commit();
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

void Outbox::append_packed(std::string_view bytes) {
  std::vector<uint64_t> sizes(boxes_.size());
  const size_t head = sizes.size() * sizeof(uint64_t);
  if (bytes.size() >= head) std::memcpy(sizes.data(), bytes.data(), head);
  size_t at = head;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (at > bytes.size() || sizes[i] > bytes.size() - at) {
      fail(ErrorCode::kCorruptData, "a sketch is cut off; remove the work folder and run again");
    }
    boxes_[i] += bytes.substr(at, sizes[i]);
    at += sizes[i];
  }
}

std::string receive(const std::vector<fs::path>& bundles, size_t partition) {
  std::string all;
  for (const fs::path& path : bundles) {
    if (fs::exists(path)) all += Bundle(path).section(partition);
  }
  return all;
}

}  // namespace fundi::curate
