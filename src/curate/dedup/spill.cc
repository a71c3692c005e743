#include "curate/dedup/spill.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

#include "base/error.h"

namespace fundi::curate::dedup {

struct SpillFile::Run::Source {
  explicit Source(const fs::path& in) : folder(in) {
    std::error_code error;
    fs::create_directories(folder, error);
    fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return;
    // Network file systems have no nameless files: one whose name is taken away at once.
    std::string name = folder / "spill-XXXXXX";
    fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) broken("create a temporary file");
    ::unlink(name.c_str());
  }
  ~Source() { ::close(fd); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;
  [[noreturn]] void broken(const char* action) const {
    fail(ErrorCode::kIo, "{}: cannot {}: {}", folder.string(), action, std::strerror(errno));
  }
  void write(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) broken("write a temporary file");
      bytes.remove_prefix(static_cast<size_t>(n));
    }
  }
  void read_at(uint64_t offset, char* into, size_t bytes) const {
    for (size_t done = 0; done < bytes;) {
      const ssize_t n = ::pread(fd, into + done, bytes - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n == 0) errno = EIO;
      if (n <= 0) broken("read a temporary file");
      done += static_cast<size_t>(n);
    }
  }
  fs::path folder;
  int fd;
};

SpillFile::SpillFile(const fs::path& folder)
    : source_(std::make_shared<const Run::Source>(folder)) {}

void SpillFile::append(std::string_view bytes) {
  source_->write(bytes);
  end_ += bytes.size();
}

SpillFile::Run SpillFile::run(size_t i) const {
  Run run;
  run.source_ = source_;
  run.next_ = i == 0 ? 0 : ends_[i - 1];
  run.end_ = ends_[i];
  return run;
}

bool SpillFile::Run::read(void* into, size_t bytes) {
  auto* out = static_cast<char*>(into);
  while (bytes > 0) {
    if (at_ == buffer_.size()) {
      if (next_ == end_) return false;
      buffer_.resize(std::min<uint64_t>(kReadBytes, end_ - next_));
      source_->read_at(next_, buffer_.data(), buffer_.size());
      next_ += buffer_.size();
      at_ = 0;
    }
    const size_t n = std::min(bytes, buffer_.size() - at_);
    std::memcpy(out, buffer_.data() + at_, n);
    out += n, at_ += n, bytes -= n;
  }
  return true;
}

}  // namespace fundi::curate::dedup
