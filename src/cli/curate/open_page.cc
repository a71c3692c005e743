#include "cli/curate/open_page.h"

#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

extern char** environ;

namespace fundi::cli {
namespace {

bool has_display() {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return true;
  }
  return false;
}

}  // namespace

bool open_page(const fs::path& page) {
  if (::isatty(STDOUT_FILENO) == 0 || !has_display()) return false;
  std::string path = page.string();
  // What the browser says is not for this terminal, and the browser outlives program and terminal.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_RDWR, 0);
  }
  bool opened = false;
  for (std::string program : {"xdg-open", "open"}) {
    char* const arguments[] = {program.data(), path.data(), nullptr};
    pid_t child = 0;
    if ((opened = ::posix_spawnp(&child, program.c_str(), &actions, &attributes, arguments,
                                 environ) == 0)) {
      break;
    }
  }
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return opened;
}

}  // namespace fundi::cli
