#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/files.h"

namespace fundi::data {

// Makes plain bytes of compressed ones: gzip.cc, zstd.cc. Of the fault it meets, the message
// says what is wrong; the stream puts the file's name before it.
class Decompressor {
 public:
  virtual ~Decompressor() = default;
  // Takes from the front of `in` and fills the front of `out`; returns how many bytes were put. It
  // puts none only when it needs more input. Throws kCorruptData.
  virtual size_t decompress(std::span<const char>& in, std::span<char> out) = 0;
  // Whether the input may end here. What a truncated file lacks is known by this.
  virtual bool complete() const = 0;
};
std::unique_ptr<Decompressor> make_gzip_decompressor();  // any number of members
std::unique_ptr<Decompressor> make_zstd_decompressor();  // any number of frames

// The bytes of a file, or of standard input for "-": unpacked if the first bytes are gzip's or
// zstd's, whatever the name says. Memory: some 100 KB, and the window of a zstd frame (128 MB at
// most).
class InputStream {
 public:
  // From byte `begin` of a plain file on. Throws kNotFound, kIo, kInvalidArgument (a folder; a part
  // of a compressed file) and kUnsupported (bzip2, xz).
  explicit InputStream(fs::path path, uint64_t begin = 0);
  ~InputStream();
  InputStream(const InputStream&) = delete;
  InputStream& operator=(const InputStream&) = delete;

  // Bytes put at the front of `out`, 0 at the end. Throws kIo, and kCorruptData for truncated or
  // damaged data, naming the file; all that lies before the fault has been returned then.
  size_t read(std::span<char> out);
  uint64_t bytes_read() const { return bytes_read_; }  // of the file as it lies on disk
  const fs::path& path() const { return path_; }

 private:
  size_t read_file(std::span<char> out);
  size_t read_unpacked(std::span<char> out);
  fs::path path_;
  int fd_ = -1;
  uint64_t bytes_read_ = 0;
  std::unique_ptr<Decompressor> decompressor_;  // null for plain files
  std::vector<char> raw_;
  std::span<const char> pending_;  // of raw_: read but not yet unpacked
};

}  // namespace fundi::data
