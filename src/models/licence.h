#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "formats/gguf_metadata.h"

namespace fundi::models {

struct Licence {
  std::string name;    // "apache-2.0", as the Hub spells it where that is known
  std::string source;  // where it was found: "README.md", "LICENSE", "general.license"
};

// What a model's folder says of its licence: the front matter of README.md, else the text of a
// LICENSE or COPYING file. Nothing where neither tells; files that cannot be read tell nothing.
std::optional<Licence> find_licence(const std::filesystem::path& directory);

// The same of a GGUF file.
std::optional<Licence> find_licence(const formats::GgufMetadata& metadata);

}  // namespace fundi::models
