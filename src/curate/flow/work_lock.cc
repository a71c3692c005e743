#include "curate/flow/work_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace fundi::curate {
namespace {

constexpr int64_t kRun = 0;  // integrations/ray locks it too

int64_t byte_of(size_t stage, size_t task) {
  return 1 + (static_cast<int64_t>(stage) << 32 | static_cast<int64_t>(task));
}

}  // namespace

WorkLock::WorkLock(const fs::path& work_folder) {
  std::error_code error;
  fs::create_directories(work_folder, error);
  fd_ = ::open((work_folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd_ < 0) {
    fail(ErrorCode::kIo, "{}: cannot be written to: {}", work_folder.string(),
         error ? error.message() : std::strerror(errno));
  }
}

WorkLock::~WorkLock() {
  if (fd_ >= 0) ::close(fd_);
}

int WorkLock::lock(int64_t byte, bool wait) const {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = byte;
  range.l_len = 1;
  int result = 0;
  do {
    // Of the open file, not of the process, whose threads would not hold each other back.
    result = ::fcntl(fd_, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

WorkLock WorkLock::of_run(const fs::path& work_folder) {
  WorkLock lock(work_folder);
  const int error = lock.lock(kRun, false);
  if (error == EAGAIN || error == EACCES) {
    fail(ErrorCode::kUnavailable,
         "{}: another run is at work there; wait for its end, or set another output",
         work_folder.string());
  }
  return lock;
}

WorkLock WorkLock::of_task(const fs::path& work_folder, size_t stage, size_t task) {
  WorkLock lock(work_folder);
  lock.lock(byte_of(stage, task), true);
  return lock;
}

}  // namespace fundi::curate
