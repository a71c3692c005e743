#include "cli/stages/common.h"

#include "base/error.h"
#include "base/text.h"

namespace fundi::cli {

std::vector<fs::path> path_list(const recipe::StageSettings& settings, std::string_view key) {
  if (settings.with.raw(key).is_string()) return {settings.path(key)};
  std::vector<fs::path> paths;
  for (const std::string& path : settings.with.get<std::vector<std::string>>(key)) {
    paths.push_back(settings.resolve(path));
  }
  if (paths.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: needs at least one file", settings.with.where(key));
  }
  return paths;
}

std::string licences_of(const Json& source) {
  std::vector<std::string> names;
  for (const Json& licence : source.value("licences", Json::array())) {
    names.push_back(licence.get<std::string>());
    if (names.back().empty()) names.back() = "not stated";
  }
  return names.empty() ? "not stated" : fmt::format("{}", fmt::join(names, "; "));
}

std::string count_of(int64_t n, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", format_count(n), n == 1 ? singular : plural);
}

}  // namespace fundi::cli
