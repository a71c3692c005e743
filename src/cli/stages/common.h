#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "recipe/stage.h"

namespace fundi::cli {

// The paths under `key`: one, or a list. At least one, or kInvalidArgument.
std::vector<fs::path> path_list(const recipe::StageSettings& settings, std::string_view key);

// Of a source in the summary of a curate stage: "MIT; CC-BY-4.0; not stated".
std::string licences_of(const Json& source);

// "12,345 rows", "1 row".
std::string count_of(int64_t n, std::string_view singular, std::string_view plural);

}  // namespace fundi::cli
