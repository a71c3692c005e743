#include "train/output_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace fundi::train {

OutputLock::OutputLock(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    fail(ErrorCode::kIo, "{}: cannot create the folder: {}", folder.string(), error.message());
  }
  // The folder itself is locked, so that no file of ours stays among the model's.
  fd_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd_ < 0) fail(ErrorCode::kIo, "{}: cannot open: {}", folder.string(), std::strerror(errno));
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  const int reason = errno;
  ::close(fd_);
  if (reason == EWOULDBLOCK) {
    fail(ErrorCode::kUnavailable,
         "{}: another training writes to this folder; wait for it, or choose another output_dir",
         folder.string());
  }
  // Some network file systems have no locks for folders; training there must still be possible.
  fd_ = -1;
}

OutputLock::~OutputLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace fundi::train
