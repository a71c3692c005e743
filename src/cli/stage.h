#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// fundi stage --list: the kinds of stages. fundi stage KIND --output FOLDER [KEY=VALUE...]: runs
// one by itself.
void add_stage_command(CLI::App& app);

}  // namespace fundi::cli
