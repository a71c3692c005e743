#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// fundi generate MODEL --prompt TEXT: continues a text, streaming it to stdout.
void add_generate_command(CLI::App& app);

}  // namespace fundi::cli
