// Layout, all integers little-endian u64: the sections' bytes; for each section its name (length,
// bytes), offset, stored size, size, checksum, compressed (0 or 1); then the directory's offset,
// the number of sections, the directory's checksum, the magic number.
#include "curate/flow/bundle.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/hash.h"
#include "curate/flow/task_folder.h"

namespace fundi::curate {
namespace {

constexpr uint64_t kMagic = 0x316c646e75426466;  // "fdBundl1"
constexpr size_t kTail = 32;
constexpr uint64_t kMaxSection = uint64_t{1} << 36;

void put(std::string& out, uint64_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
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
    if (n > bytes_.size()) fail_damaged(path_, "its directory is cut off");
    const std::string_view out = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return out;
  }

 private:
  std::string_view bytes_;
  const fs::path& path_;
};

}  // namespace

struct BundleWriter::Compressor {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  std::string out;
  ~Compressor() { ZSTD_freeCCtx(context); }
};

BundleWriter::BundleWriter(fs::path path) : file_(std::move(path)) {}

BundleWriter::~BundleWriter() = default;

void BundleWriter::add(std::string_view name, std::string_view bytes) {
  add(name, bytes, bytes.size(), false);
}

void BundleWriter::add_compressed(std::string_view name, std::string_view bytes) {
  if (!compressor_) compressor_ = std::make_unique<Compressor>();
  std::string& out = compressor_->out;
  out.resize(std::max(out.size(), ZSTD_compressBound(bytes.size())));
  const size_t n = ZSTD_compressCCtx(compressor_->context, out.data(), out.size(), bytes.data(),
                                     bytes.size(), 1);
  if (ZSTD_isError(n)) fail(ErrorCode::kInternal, "zstd: {}", ZSTD_getErrorName(n));
  add(name, std::string_view(out).substr(0, n), bytes.size(), true);
}

void BundleWriter::add(std::string_view name, std::string_view stored, size_t size,
                       bool compressed) {
  put(directory_, name.size());
  directory_ += name;
  for (const uint64_t value :
       {offset_, uint64_t{stored.size()}, uint64_t{size}, hash64(stored), uint64_t{compressed}}) {
    put(directory_, value);
  }
  file_.write(stored);
  offset_ += stored.size();
  ++sections_;
}

void BundleWriter::commit() {
  std::string tail;
  for (const uint64_t value : {offset_, sections_, hash64(directory_), kMagic}) put(tail, value);
  file_.write(directory_);
  file_.write(tail);
  file_.commit();
}

Bundle::Bundle(const fs::path& path) : file_(MappedFile::open(path)) {
  const std::string_view all(reinterpret_cast<const char*>(file_->bytes().data()),
                             file_->bytes().size());
  if (all.size() < kTail) fail_damaged(path, "is no bundle");
  Directory tail(all.substr(all.size() - kTail), path);
  const uint64_t begin = tail.number(), count = tail.number(), checksum = tail.number();
  if (tail.number() != kMagic) fail_damaged(path, "is no bundle, or is torn");
  if (begin > all.size() - kTail) fail_damaged(path, "its directory lies outside of it");
  const std::string_view bytes = all.substr(begin, all.size() - kTail - begin);
  if (hash64(bytes) != checksum) fail_damaged(path, "its directory is damaged");
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
        section.size > kMaxSection || (!section.compressed && section.size != section.stored)) {
      fail_damaged(path, "a section lies outside of it");
    }
    sections_.push_back(std::move(section));
  }
}

std::string_view Bundle::stored(size_t i) const {
  const Section& section = sections_.at(i);
  const std::string_view stored(
      reinterpret_cast<const char*>(file_->bytes().data()) + section.offset, section.stored);
  if (hash64(stored) != section.checksum) fail_damaged(file_->path(), "a section is damaged");
  return stored;
}

std::string Bundle::section(size_t i) const {
  const std::string_view bytes = stored(i);
  if (!sections_[i].compressed) return std::string(bytes);
  const auto refuse = [&] { fail_damaged(file_->path(), "a section does not decompress"); };
  if (ZSTD_getFrameContentSize(bytes.data(), bytes.size()) != sections_[i].size) refuse();
  std::string out(sections_[i].size, '\0');
  if (ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size()) != out.size()) refuse();
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
