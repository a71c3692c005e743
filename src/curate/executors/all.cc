#include "curate/executors/all.h"

namespace fundi::curate {

std::span<const Executor> executors() {
  static const std::vector<Executor> all = {local_executor(), mpi_executor(), slurm_executor()};
  return all;
}

}  // namespace fundi::curate
