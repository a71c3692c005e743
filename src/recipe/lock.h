#pragma once

#include "base/files.h"

namespace fundi::recipe {

// Keeps a second process out of a work folder. The system releases it when the process ends,
// however it ends. Throws kUnavailable naming the folder and the process that holds it.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace fundi::recipe
