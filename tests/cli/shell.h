#pragma once

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

namespace fundi::cli {

namespace fs = std::filesystem;

// The program built beside this test.
inline fs::path fundi_binary() {
  return fs::read_symlink("/proc/self/exe").parent_path() / "fundi";
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "fundi-cli-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

struct ShellResult {
  int status = 0;
  std::string output;  // stdout and stderr together
};

// Runs a command by /bin/sh in `folder`, with the program on PATH as `fundi` and $SOURCE set.
inline ShellResult run_shell(const std::string& command, const fs::path& folder) {
  const std::string line =
      "cd '" + folder.string() + "' && export SOURCE='" FUNDI_SOURCE_DIR "' PATH='" +
      fundi_binary().parent_path().string() + "':\"$PATH\" && { " + command + "\n} 2>&1";
  ShellResult result;
  FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen failed");
  char chunk[4096];
  for (size_t got = 0; (got = std::fread(chunk, 1, sizeof chunk, pipe)) > 0;) {
    result.output.append(chunk, got);
  }
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

}  // namespace fundi::cli
