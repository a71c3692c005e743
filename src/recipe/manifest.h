#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/json.h"

namespace fundi::recipe {

// What a stage was made from and what it made: stages/NAME/manifest.json, written when the stage
// has succeeded and never before.
struct Manifest {
  struct Item {
    std::string name;    // of an output; empty for an input
    std::string path;    // absolute
    std::string digest;  // sha256_path
    std::string from;    // inputs: "stage.output" when an earlier stage made it
    uint64_t bytes = 0;
    std::string stamp;  // sizes and times at that moment: equal stamps need no new digest
  };

  std::string stage, kind;
  int version = 0;
  std::string key;
  Json material;  // what the key was computed from: tells later why a stage is stale
  Json settings;  // with references resolved to paths
  std::vector<Item> inputs, outputs;
  Json summary;          // what the stage reported: counts, rates
  Json environment;      // program version, machine
  std::string finished;  // 2026-01-31T12:00:00Z
  double seconds = 0;    // all attempts of a resumed stage together

  const Item* output(std::string_view name) const;  // null when there is none
  Json to_json() const;
  // Throws kCorruptData naming `origin` and the key.
  static Manifest from_json(const Json& json, const std::string& origin);
  // Nothing where the file is missing or broken: the stage then simply runs again.
  static std::optional<Manifest> load(const fs::path& stage_folder);
  void save(const fs::path& stage_folder) const;
};

// Sizes and modification times of a file, or of all files in a folder, as a short digest. Empty
// where the path does not exist.
std::string stamp_of(const fs::path& path);
// Bytes of a file, or of all files in a folder.
uint64_t bytes_of(const fs::path& path);

}  // namespace fundi::recipe
