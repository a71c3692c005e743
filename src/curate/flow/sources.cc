#include "curate/flow/sources.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

namespace fundi::curate {
namespace {

bool is_glob(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

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

std::vector<std::string> parts_of(const fs::path& path) {
  std::vector<std::string> parts;
  for (const fs::path& part : path) parts.push_back(part.string());
  return parts;
}

struct Found {
  fs::path path, folder;  // ids are relative to the folder
};

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

// A link to a folder that it lies in itself would lead on for ever.
bool leads_back(const fs::directory_entry& entry) {
  if (!entry.is_symlink() || !entry.is_directory()) return false;
  const std::vector<std::string> target = parts_of(fs::canonical(entry.path())),
                                 here = parts_of(fs::canonical(entry.path().parent_path()));
  return target.size() <= here.size() && std::equal(target.begin(), target.end(), here.begin());
}

void find_files(const fs::path& folder, std::span<const std::string> pattern,
                std::vector<Found>& found) {
  constexpr auto kFollow = fs::directory_options::follow_directory_symlink;
  for (fs::recursive_directory_iterator at(folder, kFollow), end; at != end; ++at) {
    if (leads_back(*at)) {
      at.disable_recursion_pending();
      continue;
    }
    if (!at->is_regular_file()) continue;
    const fs::path name = at->path().lexically_relative(folder);
    const std::vector<std::string> parts = parts_of(name);
    const bool hidden = std::any_of(parts.begin(), parts.end(),
                                    [](const std::string& part) { return part.starts_with('.'); });
    if (pattern.empty() ? !hidden : matches(pattern, parts)) {
      found.push_back({at->path(), folder});
    }
  }
}

// The files that a `path` stands for.
std::vector<Found> expand(const fs::path& base, const std::string& path, const std::string& where,
                          const std::string& origin) {
  if (path == "-") return {{"-", ""}};
  const fs::path whole = (base / path).lexically_normal();
  std::vector<Found> found;
  try {
    if (is_glob(path)) {
      const Glob glob(whole);
      if (fs::is_directory(glob.folder)) find_files(glob.folder, glob.pattern, found);
    } else if (fs::is_directory(whole)) {
      find_files(whole, {}, found);
    } else if (fs::exists(whole)) {
      found.push_back({whole, whole.parent_path()});
    }
  } catch (const fs::filesystem_error& e) {
    fail(ErrorCode::kIo, "{}: {}: {}", where, e.path1().string(), e.code().message());
  }
  if (found.empty()) {
    fail(ErrorCode::kNotFound, "{}: {}: no such file{}{}", where, whole.string(),
         is_glob(path)       ? ", nothing matches"
         : fs::exists(whole) ? " in it"
                             : " or folder",
         origin.empty() ? "" : "; it comes from: " + origin);
  }
  return found;
}

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

// Whether a path, its links followed, lies in a folder.
bool lies_in(const fs::path& path, const fs::path& folder) {
  const std::vector<std::string> parts = parts_of(fs::weakly_canonical(path)),
                                 start = parts_of(folder);
  return parts.size() > start.size() && std::equal(start.begin(), start.end(), parts.begin());
}

// What earlier runs have written is no source of the next.
void leave_out(std::vector<Found>& found, const fs::path& output, const std::string& where) {
  if (output.empty() || !fs::exists(output)) return;
  const fs::path real = fs::weakly_canonical(output);
  std::erase_if(found, [&](const Found& one) { return lies_in(one.path, real); });
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
    std::vector<Found> all = expand(base, path, config.where("path"), source.origin);
    if (path != "-") leave_out(all, output, config.where("path"));
    for (const Found& found : all) {
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

std::vector<Source> read_sources(const Config& recipe, const fs::path& base,
                                 const fs::path& output) {
  std::vector<Source> sources;
  std::set<std::string> names;
  int piped = 0;
  for (const Config& config : recipe.children("sources", "path")) {
    sources.push_back(read_source(config, base, output));
    for (const Source::File& file : sources.back().files) piped += file.path == "-";
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
      all.push_back(is_glob(path) ? Glob(whole).folder : whole);
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

namespace {

struct Unit {
  std::string_view name;
  double factor;
};

// What is no such number is 0.
uint64_t parse_number(std::string_view text, std::span<const Unit> units) {
  double value = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  std::string unit(trim(std::string_view(rest, text.data() + text.size())));
  for (char& c : unit) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  for (const auto& [name, factor] : units) {
    if (error == std::errc() && unit == name && value * factor >= 1 && value * factor < 1e18) {
      return static_cast<uint64_t>(value * factor);
    }
  }
  return 0;
}

}  // namespace

uint64_t parse_bytes(std::string_view text, const std::string& where) {
  static constexpr Unit kUnits[] = {{"", 1},     {"B", 1},     {"KB", 1e3}, {"MB", 1e6},
                                    {"GB", 1e9}, {"TB", 1e12}, {"K", 1e3},  {"M", 1e6},
                                    {"G", 1e9},  {"T", 1e12}};
  if (const uint64_t bytes = parse_number(text, kUnits); bytes > 0) return bytes;
  fail(ErrorCode::kInvalidArgument, "{}: '{}' is no number of bytes; write 64MB or 1GB", where,
       text);
}

uint64_t parse_tokens(std::string_view text, const std::string& where) {
  static constexpr Unit kUnits[] = {{"", 1},    {"K", 1e3}, {"M", 1e6},
                                    {"B", 1e9}, {"G", 1e9}, {"T", 1e12}};
  if (const uint64_t tokens = parse_number(text, kUnits); tokens > 0) return tokens;
  fail(ErrorCode::kInvalidArgument, "{}: '{}' is no number of tokens; write 500M tokens", where,
       text);
}

}  // namespace fundi::curate
