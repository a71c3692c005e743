#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct zip;

namespace fundi::curate {

// Members of a zip archive in memory, read within bounds whatever its directory claims. Throws
// kCorruptData for a broken archive, more than 65,535 members, encrypted members, and when all that
// was read together exceeds `max_expansion` bytes.
class ZipArchive {
 public:
  // `bytes` must outlive the archive.
  ZipArchive(std::string_view bytes, uint64_t max_expansion);

  bool has(const std::string& name) const;
  // The member piece by piece.
  void read(const std::string& name, const std::function<void(std::string_view)>& sink);
  std::string read(const std::string& name);

 private:
  struct Close {
    void operator()(zip* archive) const;
  };
  std::unique_ptr<zip, Close> archive_;
  uint64_t max_expansion_, expanded_ = 0;
};

}  // namespace fundi::curate
