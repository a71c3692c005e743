#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "curate/dedup/record.h"

namespace fundi::curate::dedup {

// Records of one size as a stream of bytes, in the machine's byte order (little-endian wherever
// fundi runs), checked so that a cut or damaged stream is noticed before its records are used:
//   "fundirec", u32 version (1), u32 bytes a record;
//   blocks: u32 records (not 0), u32 0, u64 XXH3 of the payload seeded with the records before it,
//           payload of at most kBlockBytes;
//   the end: u32 0, u32 0, u64 records in all; nothing after it.
constexpr size_t kBlockBytes = size_t{1} << 16;

// Writes that stream piece by piece.
class RecordEncoder {
 public:
  using Sink = std::function<void(std::string_view bytes)>;
  RecordEncoder(size_t record_bytes, Sink sink);
  void add(const void* record) {
    if (block_.size() + record_bytes_ > kBlockBytes) flush();
    block_.append(static_cast<const char*>(record), record_bytes_);
    ++records_;
  }
  void finish();
  uint64_t records() const { return records_; }

 private:
  void flush();
  size_t record_bytes_;
  Sink sink_;
  std::string block_;
  uint64_t records_ = 0, written_ = 0;
};

// Reads it. `name` starts the messages. Throws kCorruptData, and what `source` throws.
class RecordDecoder {
 public:
  using Source = std::function<size_t(char* into, size_t bytes)>;  // fewer only at the end
  RecordDecoder(size_t record_bytes, Source source, std::string name);
  // False at the end of a complete stream.
  bool next(void* record) {
    if (at_ == block_.size() && !fill()) return false;
    std::memcpy(record, block_.data() + at_, record_bytes_);
    at_ += record_bytes_;
    return true;
  }

 private:
  bool fill();
  void read(void* into, size_t bytes);
  [[noreturn]] void broken(std::string_view what) const;
  size_t record_bytes_;
  Source source_;
  std::string name_, block_;
  size_t at_ = 0;
  uint64_t records_ = 0;
  bool ended_ = false;
};

// An open file for reading; `read` moves on. Throws kNotFound, kIo.
class InputFile {
 public:
  explicit InputFile(fs::path path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  size_t read(char* into, size_t bytes);  // fewer only at the end

 private:
  fs::path path_;
  int fd_;
};

// A file of records that appears whole under its name at commit(), or not at all.
template <FixedRecord R>
class RecordWriter {
 public:
  explicit RecordWriter(fs::path path)
      : file_(std::make_unique<AtomicFile>(std::move(path))),
        encoder_(sizeof(R), [file = file_.get()](std::string_view bytes) { file->write(bytes); }) {}
  void add(const R& record) { encoder_.add(&record); }
  uint64_t records() const { return encoder_.records(); }
  void commit() { encoder_.finish(), file_->commit(); }

 private:
  std::unique_ptr<AtomicFile> file_;
  RecordEncoder encoder_;
};

template <FixedRecord R>
class RecordReader {
 public:
  explicit RecordReader(const fs::path& path)
      : file_(std::make_unique<InputFile>(path)),
        decoder_(
            sizeof(R),
            [file = file_.get()](char* into, size_t bytes) { return file->read(into, bytes); },
            path.string()) {}
  bool next(R& record) { return decoder_.next(&record); }

 private:
  std::unique_ptr<InputFile> file_;
  RecordDecoder decoder_;
};

}  // namespace fundi::curate::dedup
