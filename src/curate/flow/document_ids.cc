#include "curate/flow/document_ids.h"

#include <algorithm>

#include "curate/flow/group_step.h"
#include "curate/flow/shuffle.h"
#include "curate/flow/stage.h"

namespace fundi::curate {
namespace {

constexpr size_t kMostBytes = 64'000'000;  // of ids kept in memory

}  // namespace

void write_document_ids(const fs::path& path,
                        std::span<const std::pair<uint64_t, std::string>> ids) {
  Outbox out(2);
  std::string text;
  for (const auto& [ordinal, id] : ids) {
    out.send(0, ordinal);
    text += id;
    out.send(1, uint64_t{text.size()});
  }
  BundleWriter bundle(path);
  bundle.add_compressed("ordinals", out.box(0));
  bundle.add_compressed("ends", out.box(1));
  bundle.add_compressed("ids", text);
  bundle.commit();
}

const DocumentIds::Shard& DocumentIds::shard(size_t index) const {
  if (const auto found = shards_.find(index); found != shards_.end()) return found->second;
  if (bytes_ > kMostBytes) {
    shards_.clear();
    bytes_ = 0;
  }
  Shard& shard = shards_[index];
  const fs::path path = Layout::task(folder_, index) / "ids.bundle";
  if (!fs::exists(path)) return shard;
  const Bundle bundle(path);
  append_records(bundle.section("ordinals"), shard.ordinals);
  append_records(bundle.section("ends"), shard.ends);
  shard.ids = bundle.section("ids");
  bytes_ += shard.ids.size() + 16 * shard.ends.size();
  return shard;
}

std::string DocumentIds::id_of(uint64_t ordinal) const {
  const std::lock_guard lock(mutex_);
  const Shard& all = shard(shard_of(ordinal));
  const auto found = std::lower_bound(all.ordinals.begin(), all.ordinals.end(), ordinal);
  if (found == all.ordinals.end() || *found != ordinal) return "";
  const auto i = static_cast<size_t>(found - all.ordinals.begin());
  const uint64_t begin = i == 0 ? 0 : all.ends[i - 1];
  return all.ids.substr(begin, all.ends[i] - begin);
}

}  // namespace fundi::curate
