#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "base/files.h"

namespace fundi::recipe {

struct StageSpec {
  std::string name;  // unique in the recipe
  std::string uses;  // the stage kind
  Json with;         // its settings, references unresolved
  std::string path;  // "stages[2].with", for messages
};

// What recipe.yaml says:
//
//   name: swahili-farmer            # letters, digits, '.', '_' and '-'
//   output: runs/swahili-farmer     # work folder, relative to where fundi runs (this: the default)
//   stages:
//     - name: words                 # default: the kind
//       uses: tokenizer             # the stage kind
//       with: {...}                 # its settings; "${STAGE.OUTPUT}" stands for an output of an
//   publish:                        # earlier stage, "$${" for a plain "${"
//     model: ${export.model}        # OUTPUT/model becomes a link to that output
struct Recipe {
  struct Link {
    std::string name, target;  // target: a reference
  };

  std::string name;
  std::string origin;  // the file's path, for messages
  fs::path folder;     // relative paths in `with` start here
  fs::path output;
  std::vector<StageSpec> stages;
  std::vector<Link> publish;

  // Reads `path` and applies "key.key=value" overrides; "STAGE.KEY=value" is short for
  // "stages.STAGE.with.KEY=value". Throws kNotFound, kCorruptData, kInvalidArgument (unknown keys,
  // bad or repeated names), each with the file and key.
  static Recipe load(const fs::path& path, const std::vector<std::string>& overrides = {});
  static Recipe parse(Config config, std::string origin, const fs::path& folder,
                      const std::vector<std::string>& overrides = {});

  fs::path stage_folder(std::string_view stage) const { return output / "stages" / stage; }
};

}  // namespace fundi::recipe
