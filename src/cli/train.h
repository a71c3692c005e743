#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// Registers `fundi train RECIPE [KEY=VALUE...]`.
void add_train_command(CLI::App& app);

}  // namespace fundi::cli
