#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// Registers `fundi perplexity MODEL FILES`.
void add_perplexity_command(CLI::App& app);

}  // namespace fundi::cli
