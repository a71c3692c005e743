#pragma once

#include "base/files.h"

namespace fundi::cli {

// Shows a page in the browser of whoever sits at this terminal. False, and nothing happens, where
// stdout is no terminal, there is no display, or no program to open files with.
bool open_page(const fs::path& page);

}  // namespace fundi::cli
