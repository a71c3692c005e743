#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace fundi::curate::dedup {

// What a sort cannot hold: runs of bytes, one after the other in one nameless file, which is gone
// with the process however that ends. Copies share the file. Throws kIo, disk full included.
class SpillFile {
 public:
  explicit SpillFile(const fs::path& folder);  // creates the folder
  void append(std::string_view bytes);         // to the last run
  void end_run() { ends_.push_back(end_); }
  size_t runs() const { return ends_.size(); }

  // A run, read from its start through a buffer of kReadBytes.
  class Run {
   public:
    // False at the end of the run.
    bool read(void* into, size_t bytes);

   private:
    friend SpillFile;
    struct Source;
    std::shared_ptr<const Source> source_;
    std::vector<char> buffer_;
    size_t at_ = 0;
    uint64_t next_, end_;
  };
  static constexpr size_t kReadBytes = size_t{1} << 16;
  Run run(size_t i) const;

 private:
  std::shared_ptr<const Run::Source> source_;
  std::vector<uint64_t> ends_;
  uint64_t end_ = 0;
};

}  // namespace fundi::curate::dedup
