#include "curate/flow/unforced_file.h"

#include <unistd.h>

#include <random>
#include <vector>

#include "base/error.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kSuffix = ".part";

}  // namespace

UnforcedFile::UnforcedFile(fs::path path)
    : path_(std::move(path)),
      temporary_(fmt::format("{}.{}-{:08x}{}", path_.string(), ::getpid(), std::random_device()(),
                             kSuffix)) {
  std::error_code error;  // shows when the file cannot be opened
  fs::create_directories(path_.parent_path(), error);
  file_.open(temporary_, std::ios::binary | std::ios::trunc);
}

UnforcedFile::~UnforcedFile() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove(temporary_, ignored);
}

void UnforcedFile::commit() {
  file_.close();
  std::error_code error;
  if (file_) fs::rename(temporary_, path_, error);
  if (!file_ || error) {
    fail(ErrorCode::kIo, "{}: cannot be written; is the disk full?", path_.string());
  }
  temporary_.clear();
}

void remove_temporaries(const fs::path& folder) {
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(kSuffix) || name.find(".tmp-") != std::string::npos) {
      left.push_back(entry.path());
    }
  }
  for (const fs::path& path : left) fs::remove_all(path);
}

}  // namespace fundi::curate
