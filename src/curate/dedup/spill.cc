#include "curate/dedup/spill.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "base/error.h"

namespace fundi::curate::dedup {

struct SpilledRuns::File {
  explicit File(const fs::path& in) : folder(in) {
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
  ~File() { ::close(fd); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
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
  size_t read_at(uint64_t offset, char* into, size_t bytes) const {
    size_t done = 0;
    while (done < bytes) {
      const ssize_t n = ::pread(fd, into + done, bytes - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) broken("read a temporary file");
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    return done;
  }
  fs::path folder;
  int fd;
};

SpilledRuns::SpilledRuns(const fs::path& folder, size_t record_bytes)
    : file_(std::make_shared<File>(folder)), record_bytes_(record_bytes) {}

void SpilledRuns::write_run(const std::function<void(RecordEncoder&)>& write) {
  begins_.push_back(end_);
  RecordEncoder encoder(record_bytes_, [this](std::string_view bytes) {
    file_->write(bytes);
    end_ += bytes.size();
  });
  write(encoder);
  encoder.finish();
}

std::vector<RecordDecoder> SpilledRuns::open(size_t begin, size_t end) const {
  std::vector<RecordDecoder> runs;
  for (size_t i = begin; i < end; ++i) {
    const uint64_t stop = i + 1 < begins_.size() ? begins_[i + 1] : end_;
    runs.emplace_back(
        record_bytes_,
        [file = file_, at = begins_[i], stop](char* into, size_t bytes) mutable {
          const size_t n = file->read_at(at, into, std::min<uint64_t>(bytes, stop - at));
          at += n;
          return n;
        },
        file_->folder.string() + ": a temporary file");
  }
  return runs;
}

}  // namespace fundi::curate::dedup
