#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "curate/extract/extract.h"

namespace fundi::curate {

struct IsolationOptions {
  fs::path program = "/proc/self/exe";  // which, with these arguments, calls serve_extraction(0, 1)
  std::vector<std::string> arguments = {"curate-extract"};
  double seconds = 20;              // of wall time a document
  uint64_t memory = 1'000'000'000;  // bytes of address space beyond what the program starts with
};

// extract() in a process of its own, which a hostile document may crash, hang or bloat: then it is
// killed, the document's Result says what happened, and the next document gets a new process. One
// thread at a time; a process serves many documents, at the cost of two copies through a socket.
// What those left in its memory is held against none: one that crashes or bloats a process that has
// served others is tried again in a new one.
class IsolatedExtractor {
 public:
  explicit IsolatedExtractor(IsolationOptions options = {});
  ~IsolatedExtractor();
  IsolatedExtractor(const IsolatedExtractor&) = delete;
  IsolatedExtractor& operator=(const IsolatedExtractor&) = delete;

  // kCorruptData "extraction crashed (signal 11)", "extraction took longer than 20 s", "extraction
  // needs more than 1.0 GB of memory", or what extract() says. Throws kIo where no process can be
  // started.
  Result<Extracted> extract(std::string_view bytes, ContentType type, std::string_view charset,
                            const ExtractOptions& options);

 private:
  void start();
  std::string stop();  // what became of the process
  std::string await_death(std::chrono::steady_clock::time_point until);
  // `died`: the process did, by itself or out of memory, and the next attempt gets a new one.
  Result<Extracted> attempt(std::string_view bytes, ContentType type, std::string_view charset,
                            const ExtractOptions& options, bool& died);
  IsolationOptions options_;
  pid_t process_ = -1;
  int socket_ = -1;
};

// The other side: answers requests until `in_fd` ends, and returns the exit status. It limits the
// memory of the process it runs in. `work` is extract() but in tests.
using ExtractFunction = Result<Extracted> (*)(std::string_view, ContentType, std::string_view,
                                              const ExtractOptions&);
int serve_extraction(int in_fd, int out_fd, ExtractFunction work = extract);

}  // namespace fundi::curate
