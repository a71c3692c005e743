#pragma once

#include <string>
#include <vector>

#include "base/files.h"

namespace fundi::cli {

// The files of a Hugging Face model directory (configs, weights, tokenizer), without checkpoints,
// metrics and whatever else lies beside them. Sorted names.
std::vector<std::string> model_files(const fs::path& directory);

// Puts those files into `to`, which exists: hard links where the file system has them (model files
// are never written in place), else copies. Throws kNotFound without config.json, kIo.
void link_model_files(const fs::path& from, const fs::path& to);

}  // namespace fundi::cli
