#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace fundi::curate {

// A file of named sections, the form of everything in a work folder that is not JSON. It is written
// beside and renamed, but not forced to disk: after a power failure it may be torn, which its
// checksums show, and then its task simply runs again.
class BundleWriter {
 public:
  explicit BundleWriter(fs::path path) : path_(std::move(path)) {}
  // Names need not be unique; sections keep their order.
  void add(std::string name, std::string_view bytes);             // stored as it is
  void add_compressed(std::string name, std::string_view bytes);  // zstd, level 1
  void commit();                                                  // throws kIo

 private:
  struct Section {
    std::string name;
    std::string bytes;
    uint64_t size;  // before compression
    bool compressed;
  };
  fs::path path_;
  std::vector<Section> sections_;
};

class Bundle {
 public:
  // Throws kNotFound, and kCorruptData for a file that is torn or no bundle.
  explicit Bundle(const fs::path& path);
  size_t sections() const { return sections_.size(); }
  const std::string& name(size_t i) const { return sections_[i].name; }
  // Throws kCorruptData where the checksum or the compressed stream is wrong.
  std::string section(size_t i) const;
  // The bytes as they lie in the file: of a compressed section, a frame of zstd.
  std::string_view stored(size_t i) const;
  // Of the first section with that name; empty if there is none.
  std::string section(std::string_view name) const;

 private:
  struct Section {
    std::string name;
    uint64_t offset, stored, size, checksum;
    bool compressed;
  };
  std::shared_ptr<const MappedFile> file_;
  std::vector<Section> sections_;
};

// True if a whole bundle is there.
bool is_bundle(const fs::path& path);

}  // namespace fundi::curate
