#pragma once

#include <filesystem>

namespace fundi::train {

// Keeps a second training out of an output folder, which it creates. The system releases it when
// the process ends, however it ends. Throws kUnavailable naming the folder, kIo.
class OutputLock {
 public:
  explicit OutputLock(const std::filesystem::path& folder);
  ~OutputLock();
  OutputLock(const OutputLock&) = delete;
  OutputLock& operator=(const OutputLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace fundi::train
