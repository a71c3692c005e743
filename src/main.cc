#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "backends/all.h"
#include "cli/app.h"

namespace {

// OpenMP's threads wait for one another by spinning, for a time that is right for a machine of
// one's own: with another program beside it, training ran 13 times slower, for threads spun while
// the one they waited for had no core. The library reads its settings before main, so a shorter
// spin takes a fresh start of the program. Whoever sets either variable keeps their choice.
void limit_spinning(char** argv) {
  constexpr const char* kVariable = "GOMP_SPINCOUNT";
  if (std::getenv(kVariable) != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error || setenv(kVariable, "20000", 0) != 0) return;
  execv(program.c_str(), argv);  // returns only where it cannot: then we go on as we are
}

}  // namespace

int main(int argc, char** argv) {
  limit_spinning(argv);
  fundi::backends::install_all();
  return fundi::cli::run_app(argc, argv);
}
