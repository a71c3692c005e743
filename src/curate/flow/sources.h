#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/config.h"
#include "base/files.h"
#include "curate/readers/reader.h"

namespace fundi::curate {

// An entry of `sources:` in a recipe.
struct Source {
  std::string name;      // unique; starts the ids of its documents
  std::string title;     // for people
  std::string origin;    // likewise: an address, a package
  std::string licence;   // of what it holds; a record may state another
  std::string language;  // declared, BCP 47; empty: to be found out
  Config config;         // the entry itself: readers take their own keys from it
  struct File {
    fs::path path;     // absolute, or "-"
    std::string name;  // relative to the source's folder, as ids have it
    const ReaderKind* kind;
    uint64_t bytes;
    std::string stamp;  // size and time: what stands for the contents in keys; of standard input
                        // one that no other run has
  };
  std::vector<File> files;              // sorted by name
  bool is_piped() const;                // one of them is standard input
  int64_t files_not_read = 0;           // of types that no reader knows
  std::vector<std::string> not_read{};  // some of their names
};

// A share of a source that one task reads: several small files, or a part of a large one.
struct Shard {
  size_t source = 0;
  struct Part {
    size_t file = 0;  // in Source::files
    ByteRange range;
  };
  std::vector<Part> parts;
  uint64_t bytes = 0;
};

// Reads `sources:`; each has `path` (a file, a folder, a glob with *, ? and **, "-", or a list of
// those, relative to `base`), `name` (default: the path's last part), `format` (default: by the
// file's extension), `title`, `origin`, `licence`, `language`, and the keys of its reader. Throws
// kInvalidArgument, kNotFound where a path matches nothing, naming the key. Hidden files are found
// only by a pattern that begins with their dot; what lies in `output`, where one is given, is left
// out.
std::vector<Source> read_sources(const Config& recipe, const fs::path& base,
                                 const fs::path& output = {});

// What `sources:` names, absolute, whether it exists or not: files and folders, of a glob the
// folder that it starts from, and files that are read beside others.
std::vector<fs::path> source_paths(const Config& recipe, const fs::path& base);

// Cuts sources into shards of about `target` bytes, in order.
std::vector<Shard> cut_into_shards(const std::vector<Source>& sources, uint64_t target);

}  // namespace fundi::curate
