#include "base/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace fundi {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

[[noreturn]] void fail_io(const fs::path& path, std::string_view action, int error) {
  const bool missing = error == ENOENT || error == ENOTDIR;
  fail(missing ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot {}: {}", path.string(), action,
       std::strerror(error));
}

// As fail_io, for writing: a vanished folder is then the system's failure, not a wrong argument.
[[noreturn]] void fail_write(const fs::path& path, std::string_view action, int error) {
  fail(ErrorCode::kIo, "{}: cannot {}: {}", path.string(), action, std::strerror(error));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

int open_retrying(const fs::path& path, int flags, mode_t mode = 0) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

// False on error, with errno set.
bool write_all(int fd, const char* data, size_t size, size_t* written = nullptr) {
  for (size_t done = 0; done < size;) {
    const ssize_t n = ::write(fd, data + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    done += static_cast<size_t>(n);
    if (written != nullptr) *written = done;
  }
  return true;
}

fs::path parent_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

void create_parents(const fs::path& path) {
  std::error_code error;
  fs::create_directories(parent_of(path), error);
  if (error) fail_write(parent_of(path), "create the folder", error.value());
}

// The real target of a link, so that we replace what it points at and not the link; no trailing
// slash, so that the temporary name lies beside and not inside.
fs::path target_of(fs::path path) {
  path = path.lexically_normal();
  if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
  const fs::path name = path.filename();
  if (name.empty() || name == "." || name == "..") {
    fail(ErrorCode::kInvalidArgument,
         "'{}': not a name that can be written to; give a file or folder", path.string());
  }
  std::error_code error;
  if (fs::is_symlink(path, error)) {
    fs::path real = fs::weakly_canonical(path, error);
    if (!error) return real;
  }
  return path;
}

fs::path temporary_beside(const fs::path& path) {
  std::random_device device;
  fs::path temporary = path;
  temporary += fmt::format(".tmp-{}-{:08x}", ::getpid(), static_cast<uint32_t>(device()));
  return temporary;
}

void sync_path(const fs::path& path) {
  const Descriptor fd(open_retrying(path, O_RDONLY));
  if (fd.get() < 0) fail_write(path, "open for sync", errno);
  // EINVAL: the file system (some network and FUSE ones) has no fsync for folders.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) fail_write(path, "sync", errno);
}

void sync_tree(const fs::path& folder) {
  try {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_symlink()) continue;
      if (entry.is_regular_file() || entry.is_directory()) sync_path(entry.path());
    }
  } catch (const fs::filesystem_error& e) {
    fail_write(folder, "list", e.code().value());
  }
  sync_path(folder);
}

}  // namespace

std::string read_file(const fs::path& path) {
  const Descriptor fd(open_retrying(path, O_RDONLY));
  if (fd.get() < 0) fail_io(path, "open", errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail_io(path, "read", errno);
  if (S_ISDIR(status.st_mode)) {
    fail(ErrorCode::kInvalidArgument, "{}: is a folder; a file is needed", path.string());
  }
  // The size is only a hint: pipes and /proc say 0, and a file may grow meanwhile.
  std::string content(status.st_size > 0 ? static_cast<size_t>(status.st_size) + 1 : 64 << 10,
                      '\0');
  size_t done = 0;
  while (true) {
    const ssize_t n = ::read(fd.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail_io(path, "read", errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
    if (done == content.size()) content.resize(content.size() * 2);
  }
  content.resize(done);
  return content;
}

void write_file_atomic(const fs::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

AtomicFile::AtomicFile(fs::path path)
    : path_(target_of(std::move(path))), temporary_(temporary_beside(path_)) {
  std::error_code error;
  if (fs::is_directory(path_, error)) {
    fail(ErrorCode::kInvalidArgument, "{}: is a folder; cannot write a file over it",
         path_.string());
  }
  create_parents(path_);
  fd_ = open_retrying(temporary_, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (fd_ < 0) fail_write(path_, "create", errno);
}

AtomicFile::~AtomicFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) {
  if (fd_ < 0) fail(ErrorCode::kInternal, "{}: written after commit", path_.string());
  if (buffer_.size() + bytes.size() >= kBufferBytes) flush();
  if (bytes.size() < kBufferBytes) {
    buffer_.append(bytes);
  } else if (!write_all(fd_, bytes.data(), bytes.size())) {
    fail_write(path_, "write", errno);
  }
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  write(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

void AtomicFile::flush() {
  if (!write_all(fd_, buffer_.data(), buffer_.size())) fail_write(path_, "write", errno);
  buffer_.clear();
}

void AtomicFile::commit() {
  if (fd_ < 0) fail(ErrorCode::kInternal, "{}: committed twice", path_.string());
  flush();
  struct stat old {};
  // A replaced file keeps its permissions: a private key must not become readable by all.
  if (::stat(path_.c_str(), &old) == 0 && ::fchmod(fd_, old.st_mode & 07777) != 0) {
    fail_write(path_, "keep the permissions", errno);
  }
  if (::fsync(fd_) != 0) fail_write(path_, "sync", errno);
  if (::close(std::exchange(fd_, -1)) != 0) fail_write(path_, "close", errno);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    fail_write(path_, "rename into place", errno);
  temporary_.clear();
  sync_path(parent_of(path_));
}

AtomicDirectory::AtomicDirectory(fs::path path)
    : path_(target_of(std::move(path))), temporary_(temporary_beside(path_)) {
  std::error_code error;
  if (fs::exists(path_, error) && !fs::is_directory(path_, error)) {
    fail(ErrorCode::kInvalidArgument, "{}: is a file; cannot write a folder over it",
         path_.string());
  }
  create_parents(path_);
  if (::mkdir(temporary_.c_str(), 0777) != 0) fail_write(path_, "create", errno);
}

AtomicDirectory::~AtomicDirectory() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(temporary_, ignored);
}

void AtomicDirectory::commit() {
  if (committed_) fail(ErrorCode::kInternal, "{}: committed twice", path_.string());
  sync_tree(temporary_);
  fs::path old;  // what we replaced, to be removed once the new one is safe
  if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) {
    old = temporary_;
  } else {
    // ENOENT: nothing to replace. Otherwise the file system cannot exchange: two renames, and a
    // kill between them leaves both folders, the old one under its temporary name.
    if (errno != ENOENT && errno != EINVAL && errno != ENOSYS) {
      fail_write(path_, "replace", errno);
    }
    std::error_code error;
    if (fs::exists(path_, error)) {
      old = temporary_beside(path_);
      if (::rename(path_.c_str(), old.c_str()) != 0) fail_write(path_, "move aside", errno);
    }
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
      const int reason = errno;
      if (!old.empty()) ::rename(old.c_str(), path_.c_str());
      fail_write(path_, "rename into place", reason);
    }
  }
  committed_ = true;
  sync_path(parent_of(path_));
  std::error_code ignored;
  if (!old.empty()) fs::remove_all(old, ignored);
}

std::shared_ptr<const MappedFile> MappedFile::open(const fs::path& path) {
  const Descriptor fd(open_retrying(path, O_RDONLY));
  if (fd.get() < 0) fail_io(path, "open", errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail_io(path, "read", errno);
  if (!S_ISREG(status.st_mode)) {
    fail(ErrorCode::kInvalidArgument, "{}: is not a regular file and cannot be mapped",
         path.string());
  }
  std::shared_ptr<MappedFile> file(new MappedFile());
  file->path_ = path;
  const auto size = static_cast<size_t>(status.st_size);
  if (size > 0) {
    void* data = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd.get(), 0);
    if (data == MAP_FAILED) fail_io(path, "map", errno);
    file->data_ = static_cast<const std::byte*>(data);
    file->size_ = size;
  }
  return file;
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(const_cast<std::byte*>(data_), size_);
}

LineAppender::LineAppender(const fs::path& path) : path_(path) {
  create_parents(path_);
  // Read access is for looking at the last byte; a pipe or a write-only log does without.
  fd_ = open_retrying(path_, O_RDWR | O_APPEND | O_CREAT, 0666);
  if (fd_ < 0) fd_ = open_retrying(path_, O_WRONLY | O_APPEND | O_CREAT, 0666);
  if (fd_ < 0) fail_write(path_, "open", errno);
  const off_t size = ::lseek(fd_, 0, SEEK_END);
  char last = '\n';
  torn_ = size > 0 && ::pread(fd_, &last, 1, size - 1) == 1 && last != '\n';
}

LineAppender::~LineAppender() {
  if (fd_ >= 0) ::close(fd_);
}

void LineAppender::append(std::string_view line) {
  if (line.find('\n') != std::string_view::npos) {
    fail(ErrorCode::kInvalidArgument, "{}: a log line must not hold a newline", path_.string());
  }
  std::string text;
  text.reserve(line.size() + 2);
  if (torn_) text += '\n';  // the remains of a cut-off line must not swallow this one
  text.append(line) += '\n';
  size_t written = 0;
  if (!write_all(fd_, text.data(), text.size(), &written)) {
    torn_ = torn_ ? written != 1 : written > 0;
    fail_write(path_, "append", errno);
  }
  torn_ = false;
}

}  // namespace fundi
