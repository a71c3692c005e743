#pragma once

namespace fundi::backends {

// Installs memory and kernels of every backend of this build. Call once, first thing in main.
void install_all();

}  // namespace fundi::backends
