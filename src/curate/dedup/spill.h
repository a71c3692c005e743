#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/files.h"
#include "curate/dedup/record_file.h"

namespace fundi::curate::dedup {

// Runs of records, one after the other in one nameless file, which is gone with the process however
// that ends. Throws kIo.
class SpilledRuns {
 public:
  SpilledRuns(const fs::path& folder, size_t record_bytes);  // creates the folder
  void write_run(const std::function<void(RecordEncoder&)>& write);
  size_t size() const { return begins_.size(); }
  // The runs [begin, end), each read from its start; they keep the file open.
  std::vector<RecordDecoder> open(size_t begin, size_t end) const;

 private:
  struct File;
  std::shared_ptr<File> file_;
  size_t record_bytes_;
  std::vector<uint64_t> begins_;
  uint64_t end_ = 0;
};

}  // namespace fundi::curate::dedup
