#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// fundi serve MODEL: the OpenAI API over HTTP until SIGINT or SIGTERM.
void add_serve_command(CLI::App& app);

}  // namespace fundi::cli
