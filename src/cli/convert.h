#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// fundi convert IN OUT --to FORMAT --type TYPE: writes a model in another form.
void add_convert_command(CLI::App& app);

}  // namespace fundi::cli
