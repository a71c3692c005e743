#pragma once

#include "curate/flow/executor.h"

namespace fundi::curate {

// One file each; executors() of flow/executor.h lists them (all.cc).
Executor local_executor();
Executor mpi_executor();
Executor slurm_executor();

}  // namespace fundi::curate
