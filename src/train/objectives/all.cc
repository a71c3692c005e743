#include "train/objectives/all.h"

#include <fmt/ranges.h>

#include <array>

#include "base/config.h"
#include "base/error.h"

namespace fundi::train {
namespace {

constexpr std::array kObjectives{&kPretrain, &kSft};

}  // namespace

const std::vector<std::string>& objective_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Objective* objective : kObjectives) list.emplace_back(objective->name);
    return list;
  }();
  return names;
}

const Objective& objective_of(std::string_view name) {
  for (const Objective* objective : kObjectives) {
    if (objective->name == name) return *objective;
  }
  const auto near = closest(name, objective_names());
  fail(ErrorCode::kInvalidArgument, "objective: '{}' is not one of {}{}", name,
       fmt::join(objective_names(), ", "), near ? "; did you mean '" + *near + "'?" : "");
}

}  // namespace fundi::train
