#pragma once

#include "base/files.h"

namespace fundi {

// Keeps every other holder out of a folder, which it creates. The folder itself is locked, so that
// no file of ours stays among those of the user; the system releases it when the process ends,
// however it ends. On a file system without locks for folders nobody is kept out. Throws
// kUnavailable naming the folder, and kIo.
class FolderLock {
 public:
  // `setting` is what the user would change to work elsewhere: "output_dir".
  FolderLock(const fs::path& folder, std::string_view setting);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace fundi
