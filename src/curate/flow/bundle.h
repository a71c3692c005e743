#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "curate/flow/unforced_file.h"

namespace fundi::curate {

// A file of named sections, the form of everything in a work folder that is not JSON; what is torn
// its checksums show. Sections go to the file as they come: memory holds their names.
class BundleWriter {
 public:
  explicit BundleWriter(fs::path path);
  ~BundleWriter();
  // Names need not be unique; sections keep their order.
  void add(std::string_view name, std::string_view bytes);             // stored as it is
  void add_compressed(std::string_view name, std::string_view bytes);  // zstd, level 1
  void commit();                                                       // throws kIo

 private:
  struct Compressor;
  void add(std::string_view name, std::string_view stored, size_t size, bool compressed);
  UnforcedFile file_;
  std::string directory_;
  uint64_t offset_ = 0, sections_ = 0;
  std::unique_ptr<Compressor> compressor_;
};

class Bundle {
 public:
  // Throws kNotFound, and kCorruptData for a file that is torn or no bundle.
  explicit Bundle(const fs::path& path);
  size_t sections() const { return sections_.size(); }
  const std::string& name(size_t i) const { return sections_[i].name; }
  uint64_t size(size_t i) const { return sections_[i].size; }  // unpacked
  // Throws kCorruptData where the checksum or the compressed stream is wrong.
  std::string section(size_t i) const;
  // The bytes as they lie in the file, mapped: of a compressed section, a frame of zstd.
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

// Whether a whole bundle lies there; its sections are not checked.
bool is_bundle(const fs::path& path);

}  // namespace fundi::curate
