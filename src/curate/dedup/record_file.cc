#include "curate/dedup/record_file.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace fundi::curate::dedup {
namespace {

constexpr std::string_view kMagic = "fundirec";
constexpr uint32_t kVersion = 1;

struct FileHeader {
  char magic[8];
  uint32_t version, record_bytes;
};
struct BlockHeader {
  uint32_t records, zero;
  uint64_t check;  // at the end: the records of the stream
};

std::string_view bytes_of(const auto& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

}  // namespace

RecordEncoder::RecordEncoder(size_t record_bytes, Sink sink)
    : record_bytes_(record_bytes), sink_(std::move(sink)) {
  block_.reserve(kBlockBytes);
  FileHeader header{{}, kVersion, static_cast<uint32_t>(record_bytes)};
  kMagic.copy(header.magic, kMagic.size());
  sink_(bytes_of(header));
}

void RecordEncoder::flush() {
  if (block_.empty()) return;
  const BlockHeader header{static_cast<uint32_t>(records_ - written_), 0,
                           XXH3_64bits_withSeed(block_.data(), block_.size(), written_)};
  sink_(bytes_of(header));
  sink_(block_);
  block_.clear();
  written_ = records_;
}

void RecordEncoder::finish() {
  flush();
  sink_(bytes_of(BlockHeader{0, 0, records_}));
}

RecordDecoder::RecordDecoder(size_t record_bytes, Source source, std::string name)
    : record_bytes_(record_bytes), source_(std::move(source)), name_(std::move(name)) {
  FileHeader header;
  read(&header, sizeof(header));
  if (std::string_view(header.magic, 8) != kMagic || header.version != kVersion) {
    broken("is no file of records of this version of fundi");
  }
  if (header.record_bytes != record_bytes) {
    broken(fmt::format("holds records of {} bytes, not {}", header.record_bytes, record_bytes));
  }
}

void RecordDecoder::broken(std::string_view what) const {
  fail(ErrorCode::kCorruptData, "{}: {}; delete it and run the task that writes it again", name_,
       what);
}

void RecordDecoder::read(void* into, size_t bytes) {
  if (source_(static_cast<char*>(into), bytes) != bytes) broken("is cut off");
}

bool RecordDecoder::fill() {
  if (ended_) return false;
  BlockHeader header;
  read(&header, sizeof(header));
  if (header.zero != 0) broken("is damaged");
  if (header.records == 0) {
    char extra;
    if (header.check != records_) broken("lacks records");
    if (source_(&extra, 1) != 0) broken("goes on after its end");
    ended_ = true;
    return false;
  }
  if (header.records > kBlockBytes / record_bytes_) broken("has a block that is too large");
  block_.resize(header.records * record_bytes_);
  read(block_.data(), block_.size());
  if (XXH3_64bits_withSeed(block_.data(), block_.size(), records_) != header.check) {
    broken("is damaged (a checksum differs)");
  }
  records_ += header.records;
  at_ = 0;
  return true;
}

InputFile::InputFile(fs::path path) : path_(std::move(path)) {
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) {
    fail(errno == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo, "{}: cannot open: {}",
         path_.string(), std::strerror(errno));
  }
}

InputFile::~InputFile() { ::close(fd_); }

size_t InputFile::read(char* into, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t n = ::read(fd_, into + done, bytes - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(ErrorCode::kIo, "{}: cannot read: {}", path_.string(), std::strerror(errno));
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

}  // namespace fundi::curate::dedup
