#pragma once

#include <string>

#include "recipe/stage.h"

namespace fundi::recipe {

// True where `folder` holds the remains of an attempt with this key.
bool interrupted_with(const fs::path& folder, const std::string& key);

// Runs the kind in context.folder: empties it first (not when resuming), marks it incomplete, runs,
// checks that every declared output exists, completes `manifest` (key, material and inputs are the
// caller's) and writes it.
void run_in_folder(const StageKind& kind, const StagePlan& plan, const StageContext& context,
                   Manifest& manifest);

// Makes or replaces the link `link`, relative so that the work folder can be moved. Throws
// kInvalidArgument where something that is no link has that name.
void make_link(const fs::path& link, const fs::path& target);

}  // namespace fundi::recipe
