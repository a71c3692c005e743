#include "curate/flow/find_files.h"

#include <fnmatch.h>
#include <sys/stat.h>

#include <algorithm>
#include <span>
#include <utility>

#include "base/error.h"

namespace fundi::curate {
namespace {

// "**" stands for any number of folders.
bool matches(std::span<const std::string> pattern, std::span<const std::string> path) {
  if (pattern.empty()) return path.empty();
  if (pattern.front() == "**") {
    for (size_t skip = 0; skip <= path.size(); ++skip) {
      if (skip > 0 && path[skip - 1].starts_with('.')) return false;
      if (matches(pattern.subspan(1), path.subspan(skip))) return true;
    }
    return false;
  }
  return !path.empty() &&
         ::fnmatch(pattern.front().c_str(), path.front().c_str(), FNM_PERIOD) == 0 &&
         matches(pattern.subspan(1), path.subspan(1));
}

// A glob as the folder that it starts from and what files in it must match.
struct Glob {
  fs::path folder;
  std::vector<std::string> pattern;
  explicit Glob(const fs::path& whole) {
    for (const std::string& part : parts_of(whole)) {
      if (pattern.empty() && !is_glob(part)) {
        folder /= part;
      } else {
        pattern.push_back(part);
      }
    }
  }
};

// The folders from where a search began to where it is, to tell links that lead back into them.
class Trail {
 public:
  explicit Trail(const fs::path& start) { enter(start, 0); }
  // Whether `folder`, so many levels below the first, is none of those it lies in.
  bool enter(const fs::path& folder, size_t level) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return false;
    const std::pair here(status.st_dev, status.st_ino);
    folders_.resize(level);
    if (std::ranges::find(folders_, here) != folders_.end()) return false;
    folders_.push_back(here);
    return true;
  }

 private:
  std::vector<std::pair<dev_t, ino_t>> folders_;
};

void search(const fs::path& folder, std::span<const std::string> pattern,
            std::vector<FoundFile>& found) {
  constexpr auto kFollow = fs::directory_options::follow_directory_symlink;
  Trail trail(folder);
  for (fs::recursive_directory_iterator at(folder, kFollow), end; at != end; ++at) {
    std::error_code leads_nowhere;  // a link
    const fs::file_status status = at->status(leads_nowhere);
    if (leads_nowhere || status.type() == fs::file_type::directory) {
      const auto level = static_cast<size_t>(at.depth()) + 1;
      if (leads_nowhere || !trail.enter(at->path(), level)) at.disable_recursion_pending();
    }
    if (leads_nowhere || status.type() != fs::file_type::regular) continue;
    const fs::path name = at->path().lexically_relative(folder);
    const std::vector<std::string> parts = parts_of(name);
    const bool hidden = std::any_of(parts.begin(), parts.end(),
                                    [](const std::string& part) { return part.starts_with('.'); });
    if (pattern.empty() ? !hidden : matches(pattern, parts)) {
      found.push_back({at->path(), folder});
    }
  }
}

}  // namespace

bool is_glob(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

std::vector<std::string> parts_of(const fs::path& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : path) parts.push_back(part.string());
  return parts;
}

fs::path folder_of_glob(const fs::path& whole) { return Glob(whole).folder; }

bool lies_in(const fs::path& path, const fs::path& folder) {
  const std::vector<std::string> parts = parts_of(fs::weakly_canonical(path)),
                                 start = parts_of(folder);
  return parts.size() > start.size() && std::equal(start.begin(), start.end(), parts.begin());
}

std::vector<FoundFile> find_files(const fs::path& base, const std::string& path,
                                  const std::string& where) {
  if (path == "-") return {{"-", ""}};
  const fs::path whole = (base / path).lexically_normal();
  std::vector<FoundFile> found;
  try {
    if (is_glob(path)) {
      const Glob glob(whole);
      if (fs::is_directory(glob.folder)) search(glob.folder, glob.pattern, found);
    } else if (fs::is_directory(whole)) {
      search(whole, {}, found);
    } else if (fs::exists(whole)) {
      found.push_back({whole, whole.parent_path()});
    }
  } catch (const fs::filesystem_error& e) {
    fail(ErrorCode::kIo, "{}: {}: {}", where, e.path1().string(), e.code().message());
  }
  if (found.empty()) {
    fail(ErrorCode::kNotFound, "{}: {}: no such file{}", where, whole.string(),
         is_glob(path)       ? ", nothing matches"
         : fs::exists(whole) ? " in it"
                             : " or folder");
  }
  return found;
}

}  // namespace fundi::curate
