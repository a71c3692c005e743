#pragma once

#include <CLI/CLI.hpp>

namespace fundi::cli {

// fundi chat MODEL: a conversation in the terminal, or with lines piped in.
void add_chat_command(CLI::App& app);

}  // namespace fundi::cli
