#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// fundi inspect MODEL: what a model is, what it needs, what it can be written as.
void add_inspect_command(CLI::App& app);

}  // namespace fundi::cli
