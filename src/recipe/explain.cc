#include "recipe/explain.h"

#include "base/error.h"

namespace fundi::recipe {
namespace {

std::string brief(const Json& json) {
  const std::string text = dump_json(json);
  return text.size() <= 30 ? text : "";
}

bool is_digest(const Json& json) {
  return json.is_string() && json.get_ref<const std::string&>().starts_with("sha256:");
}

// The first setting that differs; empty when none does.
std::string first_difference(const Json& before, const Json& now, const std::string& path) {
  if (before.is_object() && now.is_object()) {
    for (const auto& [key, value] : now.items()) {
      const std::string at = path.empty() ? key : path + "." + key;
      if (!before.contains(key)) return fmt::format("{} is new", at);
      std::string found = first_difference(before.at(key), value, at);
      if (!found.empty()) return found;
    }
    for (const auto& [key, value] : before.items()) {
      if (!now.contains(key))
        return fmt::format("{}{}{} is gone", path, path.empty() ? "" : ".", key);
    }
    return "";
  }
  if (before == now) return "";
  if (is_digest(before) && is_digest(now)) return fmt::format("{} has new content", path);
  const std::string a = brief(before), b = brief(now);
  if (a.empty() || b.empty()) return fmt::format("{} changed", path);
  return fmt::format("{} changed from {} to {}", path, a, b);
}

}  // namespace

std::string explain_difference(const Manifest& old, const Json& material,
                               std::span<const Manifest::Item> inputs) {
  const Json empty = Json::object();
  const Json& before = old.material.is_object() ? old.material : empty;
  if (before.value("kind", "") != material.value("kind", "")) return "is of another kind now";
  if (before.value("version", 0) != material.value("version", 0)) {
    return fmt::format("the stage's code changed (version {} to {})", before.value("version", 0),
                       material.value("version", 0));
  }
  std::string difference =
      first_difference(before.value("with", empty), material.value("with", empty), "");
  if (!difference.empty()) return difference;
  for (size_t i = 0; i < inputs.size() && i < old.inputs.size(); ++i) {
    if (inputs[i].digest != old.inputs[i].digest) {
      return fmt::format("{} has new content", inputs[i].path);
    }
  }
  if (before.value("manifests", empty) != material.value("manifests", empty)) {
    return "an earlier stage ran again";
  }
  return "its inputs changed";
}

}  // namespace fundi::recipe
