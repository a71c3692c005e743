#pragma once

#include "base/files.h"

namespace fundi::curate {

// A lock of one byte of a file in the work folder, held until it is destroyed or its process ends,
// however it does. On storage without locks it holds nothing back.
class WorkLock {
 public:
  // A run as a whole. Throws kUnavailable where another one holds it, kIo where nothing can be
  // written there.
  static WorkLock of_run(const fs::path& work_folder);
  // One task, which two processes may have been given where the first was taken for dead. Waits.
  static WorkLock of_task(const fs::path& work_folder, size_t stage, size_t task);
  ~WorkLock();
  WorkLock(WorkLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  WorkLock(const WorkLock&) = delete;

 private:
  explicit WorkLock(const fs::path& work_folder);
  // 0, or errno.
  int lock(int64_t byte, bool wait) const;
  int fd_;
};

}  // namespace fundi::curate
