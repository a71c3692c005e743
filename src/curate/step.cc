#include "curate/step.h"

#include "base/error.h"
#include "curate/steps/scan.h"

namespace fundi::curate {

fs::path StepContext::input(const Config& config, std::string_view key) {
  const fs::path path = (base / config.get<std::string>(key)).lexically_normal();
  if (!fs::exists(path)) {
    fail(ErrorCode::kNotFound, "{}: {}: no such file", config.where(key), path.string());
  }
  inputs.push_back(path);
  return path;
}

std::optional<Rejection> verdict(const Judge& judge, const Subject& subject) {
  if (judge.rejection()) return judge.rejection();
  if (strip_left(subject.text()).empty())
    return Rejection{.rule = "empty", .value = "", .limit = ""};
  return std::nullopt;
}

}  // namespace fundi::curate
