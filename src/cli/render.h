#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// Registers `fundi render TEMPLATE CONVERSATIONS`.
void add_render_command(CLI::App& app);

}  // namespace fundi::cli
