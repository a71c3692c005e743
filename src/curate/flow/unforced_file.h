#pragma once

#include <fstream>
#include <string_view>

#include "base/files.h"

namespace fundi::curate {

// A file of the work folder: written beside and renamed, but not forced to disk, which a run of
// thousands of small tasks could not afford. A kill leaves it whole or not at all; after a power
// failure it may be torn, which whoever reads it has to notice. Creates missing parent folders.
class UnforcedFile {
 public:
  explicit UnforcedFile(fs::path path);
  ~UnforcedFile();  // removes what was not committed
  UnforcedFile(const UnforcedFile&) = delete;
  UnforcedFile& operator=(const UnforcedFile&) = delete;
  void write(std::string_view bytes) {
    file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  void commit();  // throws kIo, for the writing too

 private:
  fs::path path_, temporary_;
  std::ofstream file_;
};

// Removes from a folder what a killed process has begun to write there, in this way or that of
// base/files.h.
void remove_temporaries(const fs::path& folder);

}  // namespace fundi::curate
