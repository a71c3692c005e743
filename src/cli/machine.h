#pragma once

#include "base/json.h"

namespace fundi::cli {

// What the manifests and the report say about where a run took place: {fundi, cpu, cores, threads,
// memory_bytes, system}. Facts that the system does not give are left out.
Json describe_machine();

}  // namespace fundi::cli
