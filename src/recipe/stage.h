#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/files.h"
#include "recipe/manifest.h"

namespace fundi::recipe {

struct Recipe;

// What a stage kind is told when it plans: its settings with references replaced by paths.
struct StageSettings {
  Config with;
  fs::path base;        // relative paths start here
  bool refers = false;  // some of the paths are outputs of earlier stages

  // The path under `key`, made absolute. path() requires it.
  fs::path path(std::string_view key) const;
  fs::path resolve(const std::string& path) const { return (base / path).lexically_normal(); }
};

// A file or folder that a stage makes.
struct StageOutput {
  std::string name;  // as in ${STAGE.NAME}; no dots
  fs::path path;     // relative to the stage's folder
};

struct StagePlan {
  std::vector<fs::path> inputs;  // everything the stage reads, absolute
  std::vector<StageOutput> outputs;
};

struct StageContext {
  const StageSettings& settings;
  const fs::path& folder;             // the stage's own; what is in it before: see `resuming`
  bool resuming = false;              // an earlier attempt with the same key was cut off
  std::span<const Manifest> earlier;  // of all stages before this one, in order
  const Recipe* recipe = nullptr;     // null when a stage runs by itself
  Json environment;                   // program version, machine
};

// One kind of work. Its files are a pure function of the settings and of its inputs' contents.
struct StageKind {
  std::string name;
  std::string description;       // one line
  int version = 1;               // raise it when the same settings make something else
  bool resumable = false;        // run() continues from what a killed attempt left in the folder
  bool reads_manifests = false;  // the manifests of the earlier stages are inputs too
  // Checks the settings (every key: Config::finish) and names the files. Must not open files: those
  // of earlier stages do not exist yet.
  std::function<StagePlan(const StageSettings&)> plan{};
  // Makes the outputs; returns a summary (an object) for the manifest and the report.
  std::function<Json(const StageContext&)> run{};
};

// Throws kInvalidArgument with a did-you-mean.
const StageKind& find_kind(std::span<const StageKind> kinds, std::string_view name,
                           const std::string& where);

}  // namespace fundi::recipe
