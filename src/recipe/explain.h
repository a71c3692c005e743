#pragma once

#include <span>
#include <string>

#include "recipe/manifest.h"

namespace fundi::recipe {

// Why a stage that has run must run again, in a few words: "with.max_steps changed from 100 to
// 200". `material`, `inputs`: what its key is computed from now.
std::string explain_difference(const Manifest& old, const Json& material,
                               std::span<const Manifest::Item> inputs);

}  // namespace fundi::recipe
