#include "curate/extract/zip_archive.h"

#include <zip.h>

#include <vector>

#include "base/error.h"
#include "base/text.h"

namespace fundi::curate {
namespace {

using namespace std::string_view_literals;

constexpr zip_int64_t kMaxMembers = 65'535;

std::string message_of(zip_error_t& error) {
  std::string message = zip_error_strerror(&error);
  zip_error_fini(&error);
  return message;
}

}  // namespace

void ZipArchive::Close::operator()(zip* archive) const { zip_discard(archive); }

ZipArchive::ZipArchive(std::string_view bytes, uint64_t max_expansion)
    : max_expansion_(max_expansion) {
  if (bytes.starts_with("\xD0\xCF\x11\xE0"sv)) {
    fail(ErrorCode::kUnsupported,
         "an encrypted document, or one of an old Word; save it as .docx without a password");
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source == nullptr) fail(ErrorCode::kIo, "zip: {}", message_of(error));
  archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
  if (archive_ == nullptr) {
    zip_source_free(source);
    fail(ErrorCode::kCorruptData, "no zip archive, or a broken one: {}", message_of(error));
  }
  zip_error_fini(&error);
  const zip_int64_t members = zip_get_num_entries(archive_.get(), 0);
  if (members < 1) fail(ErrorCode::kCorruptData, "no zip archive, or an empty one");
  if (members > kMaxMembers) {
    fail(ErrorCode::kCorruptData, "an archive of more than {} members", kMaxMembers);
  }
}

bool ZipArchive::has(const std::string& name) const {
  return zip_name_locate(archive_.get(), name.c_str(), 0) >= 0;
}

void ZipArchive::read(const std::string& name, const std::function<void(std::string_view)>& sink) {
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(
      zip_fopen(archive_.get(), name.c_str(), 0), zip_fclose);
  if (file == nullptr) {
    fail(ErrorCode::kCorruptData, "'{}': {}", name, zip_strerror(archive_.get()));
  }
  std::vector<char> chunk(64 << 10);
  while (true) {
    const zip_int64_t n = zip_fread(file.get(), chunk.data(), chunk.size());
    if (n < 0)
      fail(ErrorCode::kCorruptData, "'{}': damaged: {}", name, zip_file_strerror(file.get()));
    if (n == 0) return;
    expanded_ += static_cast<uint64_t>(n);
    if (expanded_ > max_expansion_) {
      fail(ErrorCode::kCorruptData, "unpacks to more than {}", format_bytes(max_expansion_));
    }
    sink({chunk.data(), static_cast<size_t>(n)});
  }
}

std::string ZipArchive::read(const std::string& name) {
  std::string out;
  read(name, [&](std::string_view piece) { out += piece; });
  return out;
}

}  // namespace fundi::curate
