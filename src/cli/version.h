#pragma once

namespace fundi::cli {

// As project(VERSION) of CMakeLists.txt; a test keeps the two equal.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace fundi::cli
