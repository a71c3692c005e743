#include "curate/flow/sources.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "curate/flow/find_files.h"

namespace fundi::curate {
namespace {

const ReaderKind& named_kind(const std::string& name, const std::string& where) {
  std::vector<std::string> names;
  for (const ReaderKind& kind : reader_kinds()) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  const auto near = closest(name, names);
  fail(ErrorCode::kInvalidArgument, "{}: no format '{}'{} (there are: {})", where, name,
       near ? fmt::format("; did you mean '{}'?", *near) : "", fmt::join(names, ", "));
}

std::string stamp(const fs::path& path, const ReaderKind& kind) {
  // It cannot be read twice: nothing that was made of it serves another run.
  if (path == "-") {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return fmt::format("standard input {} {}", ::getpid(), now.count());
  }
  std::string text = fmt::format("{} {}", fs::file_size(path),
                                 fs::last_write_time(path).time_since_epoch().count());
  if (kind.beside && fs::exists(kind.beside(path))) {
    const fs::path other = kind.beside(path);
    text += fmt::format(" {} {}", fs::file_size(other),
                        fs::last_write_time(other).time_since_epoch().count());
  }
  return text;
}

std::vector<std::string> paths_of(const Config& config) {
  if (config.raw("path").is_array()) return config.get<std::vector<std::string>>("path");
  return {config.get<std::string>("path")};
}

// A file that is missing may have to be fetched.
std::vector<FoundFile> find(const fs::path& base, const std::string& path, const std::string& where,
                            const std::string& origin) {
  try {
    return find_files(base, path, where);
  } catch (const Error& e) {
    if (origin.empty() || e.code() != ErrorCode::kNotFound) throw;
    fail(e.code(), "{}; it comes from: {}", e.what(), origin);
  }
}

// What earlier runs have written is no source of the next.
void leave_out(std::vector<FoundFile>& found, const fs::path& output, const std::string& where) {
  if (output.empty() || !fs::exists(output)) return;
  const fs::path real = fs::canonical(output);
  std::erase_if(found, [&](const FoundFile& one) { return lies_in(one.path, real); });
  if (found.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: lies in the output, {}; give that a folder of its own",
         where, output.string());
  }
}

// "news/*.tsv" -> "news", "talks.jsonl" -> "talks".
std::string default_name(const std::string& path, const Config& config) {
  fs::path named;
  for (const std::string& part : parts_of(fs::path(path).lexically_normal())) {
    if (is_glob(part)) break;
    if (!part.empty()) named = part;
  }
  const std::string name = named == "-" ? "stdin" : named.stem().string();
  if (name.empty() || name == "." || name == "..") {
    fail(ErrorCode::kInvalidArgument, "{}: give this source a name", config.where("name"));
  }
  return name;
}

// Second files of a pair are read with the first.
void note_not_read(Source& source, std::vector<fs::path> paths) {
  constexpr size_t kNamed = 3;
  std::set<fs::path> read;
  for (const Source::File& file : source.files) {
    if (file.kind->beside) read.insert(file.kind->beside(file.path));
  }
  std::erase_if(paths, [&](const fs::path& path) { return read.contains(path); });
  std::sort(paths.begin(), paths.end());
  source.files_not_read = static_cast<int64_t>(paths.size());
  for (size_t i = 0; i < std::min(paths.size(), kNamed); ++i) {
    source.not_read.push_back(paths[i].filename().string());
  }
}

Source read_source(const Config& config, const fs::path& base, const fs::path& output) {
  const std::vector<std::string> paths = paths_of(config);
  if (paths.empty()) fail(ErrorCode::kInvalidArgument, "{}: is empty", config.where("path"));
  Source source{.name = config.get<std::string>("name", ""),
                .title = config.get<std::string>("title", ""),
                .origin = config.get<std::string>("origin", ""),
                .licence = config.get<std::string>("licence", ""),
                .language = config.get<std::string>("language", ""),
                .config = config,
                .files = {}};
  if (source.name.empty()) source.name = default_name(paths.front(), config);
  const auto format = config.find<std::string>("format");
  const ReaderKind* kind = format ? &named_kind(*format, config.where("format")) : nullptr;
  std::set<fs::path> seen;
  std::vector<fs::path> not_read;
  for (const std::string& path : paths) {
    std::vector<FoundFile> all = find(base, path, config.where("path"), source.origin);
    if (path != "-") leave_out(all, output, config.where("path"));
    for (const FoundFile& found : all) {
      if (!seen.insert(found.path).second) continue;
      const ReaderKind* reader = kind != nullptr ? kind : reader_for(found.path);
      if (reader == nullptr) {
        not_read.push_back(found.path);
        continue;
      }
      const bool piped = found.path == "-";
      const uint64_t bytes = piped ? 0 : fs::file_size(found.path);
      const fs::path name = piped ? fs::path("-") : found.path.lexically_relative(found.folder);
      source.files.push_back(
          {found.path, name.generic_string(), reader, bytes, stamp(found.path, *reader)});
    }
  }
  note_not_read(source, std::move(not_read));
  source.config = config;  // once its own keys have been taken from it
  if (source.files.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: {} files, none of a known type; say which by 'format'",
         config.where("path"), source.files_not_read);
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::sort(source.files.begin(), source.files.end(), by_name);
  // Files of several folders may share a name: the path from the recipe on then stands in ids.
  for (size_t i = 0; i + 1 < source.files.size();) {
    size_t end = i + 1;
    while (end < source.files.size() && source.files[end].name == source.files[i].name) ++end;
    for (size_t j = i; end - i > 1 && j < end; ++j) {
      source.files[j].name = source.files[j].path.lexically_proximate(base).generic_string();
    }
    i = end;
  }
  std::sort(source.files.begin(), source.files.end(), by_name);
  return source;
}

bool can_split(const Source::File& file) {
  const std::string extension = file.path.extension().string();
  return file.kind->splittable && extension != ".gz" && extension != ".zst" && file.path != "-";
}

}  // namespace

bool Source::is_piped() const {
  return std::ranges::any_of(files, [](const File& file) { return file.path == "-"; });
}

std::vector<Source> read_sources(const Config& recipe, const fs::path& base,
                                 const fs::path& output) {
  std::vector<Source> sources;
  std::set<std::string> names;
  int piped = 0;
  for (const Config& config : recipe.children("sources", "path")) {
    sources.push_back(read_source(config, base, output));
    piped += sources.back().is_piped();
    if (piped > 1) {
      fail(ErrorCode::kInvalidArgument, "{}: a second source of standard input",
           config.where("path"));
    }
    if (!names.insert(sources.back().name).second) {
      fail(ErrorCode::kInvalidArgument, "{}: a second source '{}'; give each a name of its own",
           config.where("name"), sources.back().name);
    }
  }
  if (sources.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: name at least one source", recipe.where("sources"));
  }
  return sources;
}

std::vector<fs::path> source_paths(const Config& recipe, const fs::path& base) {
  std::vector<fs::path> all;
  for (const Config& source : recipe.children("sources", "path")) {
    for (const std::string& path : paths_of(source)) {
      if (path == "-") continue;
      const fs::path whole = (base / path).lexically_normal();
      all.push_back(is_glob(path) ? folder_of_glob(whole) : whole);
      const ReaderKind* kind = reader_for(whole);
      if (kind != nullptr && kind->beside) all.push_back(kind->beside(whole));
    }
  }
  return all;
}

std::vector<Shard> cut_into_shards(const std::vector<Source>& sources, uint64_t target) {
  std::vector<Shard> shards;
  for (size_t s = 0; s < sources.size(); ++s) {
    Shard open{.source = s, .parts = {}};
    const auto close = [&] {
      if (!open.parts.empty()) shards.push_back(std::move(open));
      open = Shard{.source = s, .parts = {}};
    };
    for (size_t f = 0; f < sources[s].files.size(); ++f) {
      const Source::File& file = sources[s].files[f];
      const uint64_t pieces = can_split(file) ? std::max<uint64_t>(file.bytes / target, 1) : 1;
      for (uint64_t piece = 0; piece < pieces; ++piece) {
        const uint64_t begin = file.bytes / pieces * piece;
        const bool last = piece + 1 == pieces;
        const uint64_t end = last ? UINT64_MAX : file.bytes / pieces * (piece + 1);
        const uint64_t bytes = (last ? file.bytes : end) - begin;
        if (open.bytes > 0 && open.bytes + bytes > target) close();
        open.parts.push_back({f, {begin, end}});
        open.bytes += bytes;
        if (pieces > 1) close();
      }
    }
    close();
  }
  return shards;
}

}  // namespace fundi::curate
