#pragma once

#include <map>
#include <string>

#include "base/files.h"

namespace fundi::recipe {

// SHA-256 of files and folders, remembered between runs as long as sizes and times stay the same.
class DigestCache {
 public:
  explicit DigestCache(fs::path file);  // need not exist; a broken one counts as empty
  // Throws kNotFound, kIo.
  std::string digest(const fs::path& path);
  void save();  // if anything is new

 private:
  struct Entry {
    std::string stamp, digest;
  };
  fs::path file_;
  std::map<std::string, Entry> entries_;
  bool changed_ = false;
};

}  // namespace fundi::recipe
