#include "backends/all.h"
#include "cli/app.h"

int main(int argc, char** argv) {
  fundi::backends::install_all();
  return fundi::cli::run_app(argc, argv);
}
