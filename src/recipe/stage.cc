#include "recipe/stage.h"

#include "base/error.h"

namespace fundi::recipe {

fs::path StageSettings::path(std::string_view key) const {
  const auto text = with.get<std::string>(key);
  if (text.empty()) fail(ErrorCode::kInvalidArgument, "{}: is empty", with.where(key));
  return resolve(text);
}

const StageKind& find_kind(std::span<const StageKind> kinds, std::string_view name,
                           const std::string& where) {
  std::vector<std::string> names;
  for (const StageKind& kind : kinds) {
    if (kind.name == name) return kind;
    names.push_back(kind.name);
  }
  const auto near = closest(name, names);
  fail(ErrorCode::kInvalidArgument, "{}: no stage kind '{}'{} (there are: {})", where, name,
       near ? fmt::format("; did you mean '{}'?", *near) : "", fmt::join(names, ", "));
}

}  // namespace fundi::recipe
