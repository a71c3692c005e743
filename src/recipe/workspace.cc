#include "recipe/workspace.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <system_error>

#include "base/error.h"
#include "base/hash.h"

namespace fundi::recipe {
namespace {

constexpr const char* kMarker = "incomplete.json";

Json load_marker(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder / kMarker, error)) return Json::object();
  try {
    Json json = read_json(folder / kMarker);
    return json.is_object() ? json : Json::object();
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kCorruptData) throw;
    return Json::object();
  }
}

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  const size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text, size);
}

// How long a killed attempt worked: until it last wrote something.
double seconds_of_attempt(const fs::path& folder, double started) {
  double last = started;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    struct stat status {};
    if (::stat(entry.path().c_str(), &status) != 0) continue;
    last = std::max(last, static_cast<double>(status.st_mtim.tv_sec));
  }
  return last - started;
}

// A marker without a key stands there meanwhile: killed half-way, the folder is still known as ours
// and its remains are not gone on from.
void empty_folder(const fs::path& folder) {
  write_file_atomic(folder / kMarker, "{}\n");
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename() != kMarker) fs::remove_all(entry.path());
  }
}

// Emptying may remove only what a stage made, never a folder of the user's.
void check_ours(const fs::path& folder) {
  if (!fs::is_empty(folder) && !fs::exists(folder / "manifest.json") &&
      !fs::exists(folder / kMarker)) {
    fail(ErrorCode::kInvalidArgument,
         "{}: holds files that fundi did not make; choose an empty folder", folder.string());
  }
}

}  // namespace

bool interrupted_with(const fs::path& folder, const std::string& key) {
  return load_marker(folder).value("key", "") == key;
}

void run_in_folder(const StageKind& kind, const StagePlan& plan, const StageContext& context,
                   Manifest& manifest) {
  const fs::path& folder = context.folder;
  double before = 0;
  try {
    fs::create_directories(folder);
    if (context.resuming) {
      const Json marker = load_marker(folder);
      before = marker.value("seconds", 0.0) +
               seconds_of_attempt(folder, marker.value("started", unix_time()));
    } else {
      check_ours(folder);
      empty_folder(folder);
    }
  } catch (const fs::filesystem_error& e) {
    fail(ErrorCode::kIo, "{}: cannot prepare the folder: {}", folder.string(), e.code().message());
  }
  const Json marker = {{"key", manifest.key}, {"started", unix_time()}, {"seconds", before}};
  write_file_atomic(folder / kMarker, dump_json_pretty(marker));

  const auto start = std::chrono::steady_clock::now();
  manifest.summary = kind.run(context);
  manifest.seconds =
      before + std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  manifest.kind = kind.name;
  manifest.version = kind.version;
  manifest.settings = context.settings.with.json();
  manifest.environment = context.environment;
  manifest.finished = utc_now();
  for (const StageOutput& output : plan.outputs) {
    const fs::path path = folder / output.path;
    const std::string stamp = stamp_of(path);
    if (stamp.empty()) {
      fail(ErrorCode::kInternal, "stage kind '{}' did not make its output '{}' ({})", kind.name,
           output.name, path.string());
    }
    manifest.outputs.push_back(
        {output.name, path.string(), sha256_path(path), "", bytes_of(path), stamp});
  }
  manifest.save(folder);
  std::error_code ignored;
  fs::remove(folder / kMarker, ignored);
}

void make_link(const fs::path& link, const fs::path& target) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(link, error)) && !fs::is_symlink(link, error)) {
    fail(ErrorCode::kInvalidArgument, "{}: exists and is no link; move it away", link.string());
  }
  const fs::path relative = target.lexically_relative(link.parent_path());
  fs::path temporary = link;
  temporary += fmt::format(".tmp-{}", ::getpid());
  fs::remove(temporary, error);
  fs::create_symlink(relative, temporary, error);
  if (!error) fs::rename(temporary, link, error);
  if (error) fail(ErrorCode::kIo, "{}: cannot link: {}", link.string(), error.message());
}

}  // namespace fundi::recipe
