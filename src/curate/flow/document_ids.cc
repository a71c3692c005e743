#include "curate/flow/document_ids.h"

#include <algorithm>
#include <cstring>

#include "curate/flow/group_step.h"
#include "curate/flow/stage.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {
namespace {

struct Place {
  uint64_t ordinal, end;
};

// Sections lie at any offset, so that places cannot be used where they are.
Place place_at(std::string_view places, size_t i) {
  Place place;
  std::memcpy(&place, places.data() + i * sizeof(Place), sizeof(Place));
  return place;
}

}  // namespace

void DocumentIdList::add(uint64_t ordinal, std::string_view id) {
  ids_ += id;
  const Place place{ordinal, ids_.size()};
  places_.append(reinterpret_cast<const char*>(&place), sizeof(place));
}

void DocumentIdList::write(BundleWriter& bundle) const {
  bundle.add("places", places_);
  bundle.add("ids", ids_);
}

void DocumentIdList::copy(const Bundle& from, BundleWriter& to) {
  for (size_t i = 0; i < from.sections(); ++i) {
    const std::string& name = from.name(i);
    if (name == "places" || name == "ids") to.add(name, from.stored(i));
  }
}

std::optional<uint64_t> DocumentIdList::last_ordinal(const Bundle& bundle) {
  const std::string places = bundle.section("places");
  if (places.size() < sizeof(Place)) return std::nullopt;
  return place_at(places, places.size() / sizeof(Place) - 1).ordinal;
}

const DocumentIds::Shard& DocumentIds::shard(size_t index) const {
  const std::lock_guard lock(mutex_);
  if (const auto known = shards_.find(index); known != shards_.end()) return known->second;
  const fs::path path = Layout::task(folder_, index) / "ids.bundle";
  if (!fs::exists(path)) {
    if (has_done(path.parent_path())) fail_damaged(path, "is missing");
    return shards_[index];
  }
  Shard shard;
  shard.bundle.emplace(path);
  for (size_t i = 0; i + 1 < shard.bundle->sections(); i += 2) {
    const std::string_view places = shard.bundle->stored(i);
    if (places.size() < sizeof(Place)) continue;
    shard.lists.push_back({place_at(places, 0).ordinal, places, shard.bundle->stored(i + 1)});
  }
  return shards_[index] = std::move(shard);
}

std::string DocumentIds::id_of(uint64_t ordinal) const {
  const std::vector<List>& lists = shard(shard_of(ordinal)).lists;
  const auto after = std::ranges::upper_bound(lists, ordinal, {}, &List::first);
  if (after == lists.begin()) return "";
  const List& list = *std::prev(after);
  size_t begin = 0, end = list.places.size() / sizeof(Place);
  while (end - begin > 1) {
    const size_t middle = begin + (end - begin) / 2;
    (place_at(list.places, middle).ordinal <= ordinal ? begin : end) = middle;
  }
  const Place place = place_at(list.places, begin);
  if (place.ordinal != ordinal) return "";
  const uint64_t from = begin == 0 ? 0 : place_at(list.places, begin - 1).end;
  if (from > place.end || place.end > list.ids.size()) {
    fail_damaged(Layout::task(folder_, shard_of(ordinal)) / "ids.bundle", "ids lie outside of it");
  }
  return std::string(list.ids.substr(from, place.end - from));
}

}  // namespace fundi::curate
