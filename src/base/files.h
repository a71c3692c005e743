#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace fundi {

namespace fs = std::filesystem;

// The whole file. Throws kNotFound, kInvalidArgument (a folder) or kIo, naming the path.
std::string read_file(const fs::path& path);

// Writes beside `path`, fsyncs, renames over it, fsyncs the folder: after a crash the file holds
// either the old bytes or the new. Creates missing parent folders. Throws kIo (disk full included).
void write_file_atomic(const fs::path& path, std::string_view bytes);

// A file written piece by piece with the same guarantee: visible under its name only after
// commit(). Destroyed uncommitted, it leaves nothing behind.
class AtomicFile {
 public:
  explicit AtomicFile(fs::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  void write(std::string_view bytes);
  void write(std::span<const std::byte> bytes);
  void commit();

 private:
  void flush();
  fs::path path_, temporary_;
  int fd_ = -1;
  std::string buffer_;
};

// A folder filled under a temporary name and renamed into place by commit(), replacing an existing
// one. Destroyed uncommitted, it removes the temporary folder.
class AtomicDirectory {
 public:
  explicit AtomicDirectory(fs::path path);
  ~AtomicDirectory();
  AtomicDirectory(const AtomicDirectory&) = delete;
  AtomicDirectory& operator=(const AtomicDirectory&) = delete;
  const fs::path& path() const { return temporary_; }  // where to write meanwhile
  void commit();

 private:
  fs::path path_, temporary_;
  bool committed_ = false;
};

// A read-only memory map; shared so that tensors can keep it alive. An empty file maps to an empty
// span. Throws kNotFound, kIo.
class MappedFile {
 public:
  static std::shared_ptr<const MappedFile> open(const fs::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::span<const std::byte> bytes() const { return {data_, size_}; }
  const fs::path& path() const { return path_; }

 private:
  MappedFile() = default;
  fs::path path_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

// Appends whole lines to a log that survives kill -9 line by line (O_APPEND, one write a line).
class LineAppender {
 public:
  explicit LineAppender(const fs::path& path);
  ~LineAppender();
  LineAppender(const LineAppender&) = delete;
  LineAppender& operator=(const LineAppender&) = delete;
  // Adds the newline; `line` must hold none. One thread at a time. Throws kIo, naming the path.
  void append(std::string_view line);

 private:
  fs::path path_;
  int fd_ = -1;
  bool torn_ = false;  // the last line in the file lacks its newline
};

}  // namespace fundi
