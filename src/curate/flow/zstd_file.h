#pragma once

#include <memory>
#include <string_view>

#include "base/files.h"

namespace fundi::curate {

// Writes a zstd file that appears whole at commit() or not at all. The same bytes for the same
// input and level. Throws kIo.
class ZstdFile {
 public:
  ZstdFile(fs::path path, int level);
  ~ZstdFile();
  ZstdFile(const ZstdFile&) = delete;
  ZstdFile& operator=(const ZstdFile&) = delete;
  void write(std::string_view bytes);
  void commit();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fundi::curate
