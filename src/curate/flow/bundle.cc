// Layout, all integers little-endian u64: the sections' bytes; for each section its name (length,
// bytes), offset, stored size, size, checksum, compressed (0 or 1); then the directory's offset,
// the number of sections, the directory's checksum, the magic number.
#include "curate/flow/bundle.h"

#include <unistd.h>
#include <zstd.h>

#include <cstring>
#include <fstream>

#include "base/error.h"
#include "base/hash.h"

namespace fundi::curate {
namespace {

constexpr uint64_t kMagic = 0x316c646e75426466;  // "fdBundl1"
constexpr size_t kTail = 32;
constexpr uint64_t kMaxSection = uint64_t{1} << 36;

void put(std::string& out, uint64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

[[noreturn]] void corrupt(const fs::path& path, const char* what) {
  fail(ErrorCode::kCorruptData, "{}: {}; remove it and run again", path.string(), what);
}

class Directory {
 public:
  Directory(std::string_view bytes, const fs::path& path) : bytes_(bytes), path_(path) {}
  uint64_t number() {
    uint64_t value = 0;
    std::memcpy(&value, take(sizeof(value)).data(), sizeof(value));
    return value;
  }
  std::string_view take(uint64_t n) {
    if (n > bytes_.size()) corrupt(path_, "its directory is cut off");
    const std::string_view out = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return out;
  }

 private:
  std::string_view bytes_;
  const fs::path& path_;
};

}  // namespace

void BundleWriter::add(std::string name, std::string_view bytes) {
  sections_.push_back({std::move(name), std::string(bytes), bytes.size(), false});
}

void BundleWriter::add_compressed(std::string name, std::string_view bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  const size_t n = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 1);
  if (ZSTD_isError(n)) fail(ErrorCode::kInternal, "zstd: {}", ZSTD_getErrorName(n));
  packed.resize(n);
  sections_.push_back({std::move(name), std::move(packed), bytes.size(), true});
}

void BundleWriter::commit() {
  fs::create_directories(path_.parent_path());
  const fs::path temporary = fmt::format("{}.{}.tmp", path_.string(), ::getpid());
  std::string directory;
  uint64_t offset = 0;
  for (const Section& section : sections_) {
    put(directory, section.name.size());
    directory += section.name;
    for (const uint64_t value : {offset, uint64_t{section.bytes.size()}, section.size,
                                 hash64(section.bytes), uint64_t{section.compressed}}) {
      put(directory, value);
    }
    offset += section.bytes.size();
  }
  std::string tail;
  for (const uint64_t value : {offset, uint64_t{sections_.size()}, hash64(directory), kMagic}) {
    put(tail, value);
  }
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  for (const Section& section : sections_) {
    file.write(section.bytes.data(), static_cast<std::streamsize>(section.bytes.size()));
  }
  file << directory << tail;
  file.close();
  std::error_code error;
  if (file) fs::rename(temporary, path_, error);
  if (!file || error) {
    fs::remove(temporary, error);
    fail(ErrorCode::kIo, "{}: cannot be written; is the disk full?", path_.string());
  }
}

Bundle::Bundle(const fs::path& path) : file_(MappedFile::open(path)) {
  const std::string_view all(reinterpret_cast<const char*>(file_->bytes().data()),
                             file_->bytes().size());
  if (all.size() < kTail) corrupt(path, "is no bundle");
  Directory tail(all.substr(all.size() - kTail), path);
  const uint64_t begin = tail.number(), count = tail.number(), checksum = tail.number();
  if (tail.number() != kMagic) corrupt(path, "is no bundle, or is torn");
  if (begin > all.size() - kTail) corrupt(path, "its directory lies outside of it");
  const std::string_view bytes = all.substr(begin, all.size() - kTail - begin);
  if (hash64(bytes) != checksum) corrupt(path, "its directory is damaged");
  Directory directory(bytes, path);
  for (uint64_t i = 0; i < count; ++i) {
    Section section;
    section.name = directory.take(directory.number());
    section.offset = directory.number();
    section.stored = directory.number();
    section.size = directory.number();
    section.checksum = directory.number();
    section.compressed = directory.number() != 0;
    if (section.offset > begin || section.stored > begin - section.offset ||
        section.size > kMaxSection) {
      corrupt(path, "a section lies outside of it");
    }
    sections_.push_back(std::move(section));
  }
}

std::string_view Bundle::stored(size_t i) const {
  const Section& section = sections_.at(i);
  const std::string_view stored(
      reinterpret_cast<const char*>(file_->bytes().data()) + section.offset, section.stored);
  if (hash64(stored) != section.checksum) corrupt(file_->path(), "a section is damaged");
  return stored;
}

std::string Bundle::section(size_t i) const {
  const std::string_view bytes = stored(i);
  if (!sections_[i].compressed) return std::string(bytes);
  std::string out(sections_[i].size, '\0');
  if (ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size()) != out.size()) {
    corrupt(file_->path(), "a section does not decompress");
  }
  return out;
}

std::string Bundle::section(std::string_view name) const {
  for (size_t i = 0; i < sections_.size(); ++i) {
    if (sections_[i].name == name) return section(i);
  }
  return "";
}

bool is_bundle(const fs::path& path) {
  try {
    return fs::exists(path) && (Bundle(path), true);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace fundi::curate
