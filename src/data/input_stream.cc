#include "data/input_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace fundi::data {
namespace {

using namespace std::string_view_literals;

constexpr size_t kRawBytes = 128 << 10;
constexpr size_t kMagicBytes = 6;

int open_input(const fs::path& path) {
  if (path == "-") return STDIN_FILENO;
  int fd;
  do {
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    fail(missing ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot open: {}", path.string(),
         std::strerror(errno));
  }
  return fd;
}

std::unique_ptr<Decompressor> decompressor_for(std::string_view magic, const fs::path& path) {
  if (magic.starts_with("\x1f\x8b"sv)) return make_gzip_decompressor();
  if (magic.starts_with("\x28\xb5\x2f\xfd"sv)) return make_zstd_decompressor();
  // A skippable frame, with which seekable and parallel writers begin.
  if (magic.size() >= 4 && magic.substr(1, 3) == "\x2a\x4d\x18"sv && (magic[0] & 0xf0) == 0x50) {
    return make_zstd_decompressor();
  }
  if (magic.starts_with("BZh"sv) || magic.starts_with("\xfd"
                                                      "7zXZ"sv)) {
    fail(ErrorCode::kUnsupported, "{}: packed by bzip2 or xz; pack it by gzip or zstd instead",
         path.string());
  }
  return nullptr;
}

}  // namespace

InputStream::InputStream(fs::path path, uint64_t begin)
    : path_(std::move(path)), fd_(open_input(path_)), raw_(kRawBytes) {
  try {
    struct stat status {};
    if (::fstat(fd_, &status) == 0 && S_ISDIR(status.st_mode)) {
      fail(ErrorCode::kInvalidArgument, "{}: is a folder; a file is needed", path_.string());
    }
    size_t got = 0;
    while (got < kMagicBytes) {  // a pipe may give them one by one
      const size_t n = read_file(std::span(raw_).subspan(got));
      if (n == 0) break;
      got += n;
    }
    pending_ = std::span(raw_).first(got);
    decompressor_ = decompressor_for({raw_.data(), got}, path_);
    if (begin == 0) return;
    if (decompressor_ != nullptr) {
      fail(ErrorCode::kInvalidArgument, "{}: is compressed and cannot be read in parts",
           path_.string());
    }
    if (::lseek(fd_, static_cast<off_t>(begin), SEEK_SET) < 0) {
      fail(ErrorCode::kIo, "{}: cannot seek: {}", path_.string(), std::strerror(errno));
    }
    pending_ = {};
    bytes_read_ = 0;
  } catch (...) {
    if (fd_ != STDIN_FILENO) ::close(fd_);
    throw;
  }
}

InputStream::~InputStream() {
  if (fd_ != STDIN_FILENO) ::close(fd_);
}

size_t InputStream::read_file(std::span<char> out) {
  ssize_t n;
  do {
    n = ::read(fd_, out.data(), out.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) fail(ErrorCode::kIo, "{}: cannot read: {}", path_.string(), std::strerror(errno));
  bytes_read_ += static_cast<uint64_t>(n);
  return static_cast<size_t>(n);
}

size_t InputStream::read(std::span<char> out) {
  if (out.empty()) return 0;
  if (decompressor_ != nullptr) return read_unpacked(out);
  if (pending_.empty()) return read_file(out);
  const size_t n = std::min(pending_.size(), out.size());
  std::copy_n(pending_.begin(), n, out.begin());
  pending_ = pending_.subspan(n);
  return n;
}

size_t InputStream::read_unpacked(std::span<char> out) {
  try {
    while (true) {
      // Also without input: a window may hold more than the last call had room for.
      if (const size_t n = decompressor_->decompress(pending_, out); n > 0) return n;
      if (!pending_.empty()) continue;
      pending_ = std::span(raw_).first(read_file(raw_));
      if (!pending_.empty()) continue;
      if (decompressor_->complete()) return 0;
      fail(ErrorCode::kCorruptData, "truncated: the compressed data has no end; fetch it again");
    }
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kCorruptData) throw;
    fail(e.code(), "{}: {}", path_.string(), e.what());
  }
}

}  // namespace fundi::data
