#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "recipe/digest_cache.h"
#include "recipe/manifest.h"
#include "recipe/recipe.h"
#include "recipe/references.h"
#include "recipe/stage.h"

namespace fundi::recipe {

struct PlannedStage {
  std::string name, kind;
  bool cached = false;
  std::string reason;  // why it must run; empty when cached
};

struct StageResult {
  std::string name, kind;
  bool cached = false;
  Manifest manifest;
};

struct RunOptions {
  std::optional<std::string> from{};  // this stage and all after it run again
  Json environment = Json::object();
  // Called before each stage (with its place in the list) and after it.
  std::function<void(const PlannedStage&, size_t index, size_t count)> on_begin{};
  std::function<void(const StageResult&)> on_end{};
};

// Walks a recipe's stages in order and runs those that are stale. A stage's key is the SHA-256 of
// its kind, that kind's version, its settings with references replaced by the digests of what they
// refer to, and the digests of the files it reads from outside. A stage whose manifest has that key
// and whose outputs are as the manifest says is cached.
//
// A stage at work has a file `incomplete.json` with its key in its folder; a later run with the
// same key lets a resumable kind go on from there, otherwise the folder is emptied first.
class Runner {
 public:
  // Checks the whole recipe before anything runs: kinds, settings, references, files from outside.
  // `kinds` must outlive the runner. Throws kInvalidArgument, kNotFound.
  Runner(Recipe recipe, std::span<const StageKind> kinds);

  // What run() would do; changes nothing on disk.
  std::vector<PlannedStage> plan(const RunOptions& options = {});
  // Runs, then publishes the recipe's links. One process a work folder: kUnavailable. What a stage
  // throws comes through with the stage's name in front.
  std::vector<StageResult> run(const RunOptions& options = {});

  const Recipe& recipe() const { return recipe_; }

 private:
  struct Stage {
    const StageSpec* spec;
    const StageKind* kind;
    StageSettings settings;
    StagePlan plan;
    std::vector<Reference> references;
    fs::path folder;
  };
  struct Status {
    std::string key;
    Json material;
    std::vector<Manifest::Item> inputs;
    std::optional<Manifest> manifest;
    std::string reason;  // empty: cached
  };
  Stage prepare(const StageSpec& spec) const;
  const Stage& stage_of(const Reference& reference, const std::string& where) const;
  size_t first_forced(const RunOptions& options) const;
  // `done`: manifests of the stages before `index`.
  Status status(size_t index, std::span<const Manifest> done, DigestCache& digests) const;
  std::vector<Manifest::Item> gather_inputs(const Stage& stage, std::span<const Manifest> done,
                                            DigestCache& digests) const;
  Manifest execute(size_t index, Status status, bool forced, std::span<const Manifest> done,
                   const RunOptions& options) const;
  void publish() const;

  Recipe recipe_;
  std::vector<Stage> stages_;
};

// Runs one kind by itself in `folder`, which gets outputs and manifest. `with` holds no references.
// `earlier`: for kinds that read manifests.
Manifest run_single(const StageKind& kind, const Config& with, const fs::path& base,
                    const fs::path& folder, std::span<const Manifest> earlier,
                    const Json& environment);

}  // namespace fundi::recipe
