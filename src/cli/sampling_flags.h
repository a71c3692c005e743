#pragma once

#include <CLI/CLI.hpp>

#include "serve/session.h"

namespace fundi::cli {

// --max-tokens, --temperature, --top-k, --top-p, --min-p, --repetition-penalty, --stop, --seed;
// what `options` holds is their default and must outlive the parse.
void add_sampling_flags(CLI::App& command, serve::SessionOptions& options);

}  // namespace fundi::cli
