#pragma once

#include <string>

#include "base/files.h"
#include "base/json.h"
#include "data/dictd.h"

namespace fundi::cli {

// A dictionary as the stage `dictionary` hands it to the stage `rows`: NAME.jsonl with an entry a
// line, NAME.info.json with the rest.
void save_dictionary(const data::Dictionary& dictionary, const fs::path& folder,
                     const std::string& name);
// Throws kNotFound, kCorruptData naming file, line and key.
data::Dictionary load_dictionary(const fs::path& folder, const std::string& name);

Json counts_json(const data::DictionaryCounts& counts);

}  // namespace fundi::cli
