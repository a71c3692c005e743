#include "recipe/manifest.h"

#include <sys/stat.h>

#include <algorithm>
#include <system_error>

#include "base/error.h"
#include "base/hash.h"

namespace fundi::recipe {
namespace {

template <typename Visit>
void each_file(const fs::path& path, Visit&& visit) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    if (fs::exists(path, error)) visit(path);
    return;
  }
  fs::recursive_directory_iterator at(path, error), end;
  for (; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (!at->is_directory(ignored)) visit(at->path());
  }
  if (error) fail(ErrorCode::kIo, "{}: cannot list: {}", path.string(), error.message());
}

Json item_json(const Manifest::Item& item) {
  Json json = Json::object();
  if (!item.name.empty()) json["name"] = item.name;
  json["path"] = item.path;
  json["sha256"] = item.digest;
  if (!item.from.empty()) json["from"] = item.from;
  json["bytes"] = item.bytes;
  json["stamp"] = item.stamp;
  return json;
}

std::vector<Manifest::Item> items(const Json& json, const char* key) {
  std::vector<Manifest::Item> out;
  for (const Json& entry : json.at(key)) {
    Manifest::Item item;
    item.name = entry.value("name", "");
    item.path = entry.at("path").get<std::string>();
    item.digest = entry.at("sha256").get<std::string>();
    item.from = entry.value("from", "");
    item.bytes = entry.value("bytes", uint64_t{0});
    item.stamp = entry.value("stamp", "");
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace

const Manifest::Item* Manifest::output(std::string_view name) const {
  const auto found =
      std::find_if(outputs.begin(), outputs.end(), [&](const Item& i) { return i.name == name; });
  return found == outputs.end() ? nullptr : &*found;
}

Json Manifest::to_json() const {
  Json json = {{"stage", stage}, {"kind", kind}, {"version", version}, {"key", key}};
  json["inputs"] = Json::array();
  for (const Item& item : inputs) json["inputs"].push_back(item_json(item));
  json["outputs"] = Json::array();
  for (const Item& item : outputs) json["outputs"].push_back(item_json(item));
  json["summary"] = summary;
  json["settings"] = settings;
  json["material"] = material;
  json["environment"] = environment;
  json["finished"] = finished;
  json["seconds"] = seconds;
  return json;
}

Manifest Manifest::from_json(const Json& json, const std::string& origin) {
  try {
    Manifest manifest;
    manifest.stage = json.at("stage").get<std::string>();
    manifest.kind = json.at("kind").get<std::string>();
    manifest.version = json.at("version").get<int>();
    manifest.key = json.at("key").get<std::string>();
    manifest.inputs = items(json, "inputs");
    manifest.outputs = items(json, "outputs");
    manifest.summary = json.value("summary", Json());
    manifest.settings = json.value("settings", Json());
    manifest.material = json.value("material", Json());
    manifest.environment = json.value("environment", Json());
    manifest.finished = json.value("finished", "");
    manifest.seconds = json.value("seconds", 0.0);
    return manifest;
  } catch (const Json::exception& e) {
    fail(ErrorCode::kCorruptData, "{}: not a stage manifest: {}", origin, e.what());
  }
}

std::optional<Manifest> Manifest::load(const fs::path& stage_folder) {
  const fs::path path = stage_folder / "manifest.json";
  std::error_code error;
  if (!fs::exists(path, error)) return std::nullopt;
  try {
    return from_json(read_json(path), path.string());
  } catch (const Error& e) {
    if (e.code() == ErrorCode::kCorruptData) return std::nullopt;
    throw;
  }
}

void Manifest::save(const fs::path& stage_folder) const {
  write_file_atomic(stage_folder / "manifest.json", dump_json_pretty(to_json()));
}

std::string stamp_of(const fs::path& path) {
  std::vector<std::string> lines;
  each_file(path, [&](const fs::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) return;
    lines.push_back(fmt::format("{} {} {}.{:09}", file.lexically_relative(path).string(),
                                status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec));
  });
  if (lines.empty()) return "";
  std::sort(lines.begin(), lines.end());
  return fmt::format("{:016x}", hash64(fmt::format("{}", fmt::join(lines, "\n"))));
}

uint64_t bytes_of(const fs::path& path) {
  uint64_t sum = 0;
  each_file(path, [&](const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (!error) sum += size;
  });
  return sum;
}

}  // namespace fundi::recipe
