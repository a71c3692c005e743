#pragma once

#include <string>

#include "base/json.h"
#include "formats/gguf.h"

namespace fundi::models {

// The config.json that a GGUF file's metadata amounts to, for ModelConfig::from_json. `origin` (the
// path) starts messages. Throws kCorruptData, or kUnsupported for a family or a setting that fundi
// does not run.
Json config_from_gguf(const formats::GgufFile& file, const std::string& origin);

// general.architecture and the keys of the architecture, from ModelConfig::to_json. Throws
// kUnsupported, with the reason, where llama.cpp would run another model.
void config_to_gguf(const Json& config, formats::GgufMetadata& metadata);

}  // namespace fundi::models
