#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// fundi run RECIPE [KEY=VALUE...] [--dry-run] [--from STAGE]: walks a recipe. Ends with a table, or
// with --json one object: stages [{name, seconds, cached}], evaluation {seen_exact_match,
// unseen_exact_match}, model, report, seconds; what the recipe has no stage for is null.
void add_run_command(CLI::App& app);

}  // namespace fundi::cli
