#include "recipe/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/error.h"

namespace fundi::recipe {

FolderLock::FolderLock(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) {
    fail(ErrorCode::kIo, "{}: cannot create the folder: {}", folder.string(), error.message());
  }
  const fs::path path = folder / ".lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) {
    fail(ErrorCode::kIo, "{}: cannot open: {}", path.string(), std::strerror(errno));
  }
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t got = ::pread(fd_, holder, sizeof holder - 1, 0);
    ::close(fd_);
    fail(ErrorCode::kUnavailable,
         "{}: another fundi (process {}) works in this folder; wait for it, or choose another with "
         "output=FOLDER",
         folder.string(), got > 0 ? holder : "unknown");
  }
  const std::string pid = std::to_string(::getpid());
  // Only for the message above: a failure here harms nothing.
  if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, pid.data(), pid.size(), 0) < 0) return;
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace fundi::recipe
