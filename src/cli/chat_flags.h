#pragma once

#include <CLI/CLI.hpp>
#include <memory>

#include "serve/prompt.h"

namespace fundi::cli {

// --chat-template, --chat-template-kwargs, --reasoning-format; what they say goes into `options`
// when the command line is parsed, which must outlive the parse.
void add_chat_flags(CLI::App& command, serve::ChatOptions& options);

}  // namespace fundi::cli
