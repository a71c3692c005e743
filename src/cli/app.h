#pragma once

namespace fundi::cli {

// Flags that stand before or after any subcommand.
struct GlobalOptions {
  bool json = false;   // the result as one JSON object on stdout, nothing else there
  bool quiet = false;  // no progress, no messages but errors
  bool verbose = false;
  int threads = 0;  // 0: all cores
};

// Set once the command line is parsed, before a subcommand runs.
const GlobalOptions& global_options();

// The program: parses, runs one subcommand, reports errors as one line "fundi: message" on stderr.
// Returns the exit status: 0, 2 for the user's mistakes, 1 for the system's failures and ours.
int run_app(int argc, char** argv);

}  // namespace fundi::cli
