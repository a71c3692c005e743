#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"

namespace fundi::curate {

struct FoundFile {
  fs::path path, folder;  // the folder that the search began in: ids are relative to it
};

// The files that `path` of a source stands for: a file, all in a folder, what matches a pattern
// with
// *, ?, [] and ** (any number of folders), or "-". Links to folders are followed, hidden files and
// folders found only by a pattern that says their dot. Throws kNotFound where there is none, kIo
// where a folder cannot be read, each starting with `where`.
std::vector<FoundFile> find_files(const fs::path& base, const std::string& path,
                                  const std::string& where);

bool is_glob(std::string_view path);
std::vector<std::string> parts_of(const fs::path& path);
// Of a pattern, the folder that its search begins in.
fs::path folder_of_glob(const fs::path& whole);
// Whether a path, its links followed, lies in a folder that is canonical.
bool lies_in(const fs::path& path, const fs::path& folder);

}  // namespace fundi::curate
