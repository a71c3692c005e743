#include "recipe/digest_cache.h"

#include <utility>

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "recipe/manifest.h"

namespace fundi::recipe {

DigestCache::DigestCache(fs::path file) : file_(std::move(file)) {
  std::error_code error;
  if (!fs::exists(file_, error)) return;
  try {
    const Json json = read_json(file_);
    for (const auto& [path, entry] : json.items()) {
      entries_[path] = {entry.at("stamp").get<std::string>(),
                        entry.at("sha256").get<std::string>()};
    }
  } catch (const Json::exception&) {
    entries_.clear();  // only a cache
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kCorruptData) throw;
    entries_.clear();
  }
}

std::string DigestCache::digest(const fs::path& path) {
  const std::string stamp = stamp_of(path);
  const auto found = entries_.find(path.string());
  if (found != entries_.end() && !stamp.empty() && found->second.stamp == stamp) {
    return found->second.digest;
  }
  std::string digest = sha256_path(path);
  entries_[path.string()] = {stamp, digest};
  changed_ = true;
  return digest;
}

void DigestCache::save() {
  if (!changed_) return;
  Json json = Json::object();
  for (const auto& [path, entry] : entries_) {
    json[path] = {{"stamp", entry.stamp}, {"sha256", entry.digest}};
  }
  write_file_atomic(file_, dump_json_pretty(json));
  changed_ = false;
}

}  // namespace fundi::recipe
