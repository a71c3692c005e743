#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// Adds every subcommand, from the explicit list in all.cc.
void add_all_commands(CLI::App& app);

}  // namespace fundi::cli
