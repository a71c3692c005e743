#include "recipe/recipe.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace fundi::recipe {
namespace {

// Names become folders and parts of references, so nothing else is safe in them.
void check_name(const std::string& name, const std::string& where) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  });
  if (name.empty() || name.size() > 100 || !plain || name.front() == '.' || name.front() == '-') {
    fail(ErrorCode::kInvalidArgument,
         "{}: '{}' is not a name; use letters, digits, '.', '_' and '-'", where, name);
  }
}

std::string kind_or_name(const Json& stage) {
  for (const char* key : {"name", "uses"}) {
    const auto found = stage.find(key);
    if (found != stage.end() && found->is_string()) return found->get<std::string>();
  }
  return "";
}

// "pretrain.max_steps=10" -> "stages.pretrain.with.max_steps=10", where pretrain is a stage.
std::string expand(const std::string& assignment, const Json& recipe) {
  const size_t dot = assignment.find('.');
  const size_t equals = assignment.find('=');
  if (dot == std::string::npos || equals == std::string::npos || dot > equals) return assignment;
  const std::string head = assignment.substr(0, dot);
  if (recipe.contains(head) || !recipe.contains("stages") || !recipe["stages"].is_array()) {
    return assignment;
  }
  std::vector<std::string> names;
  for (const Json& stage : recipe["stages"]) {
    if (stage.is_object()) names.push_back(kind_or_name(stage));
  }
  if (std::find(names.begin(), names.end(), head) == names.end()) {
    if (head == "stages" || head == "publish") return assignment;
    const auto near = closest(head, names);
    fail(ErrorCode::kInvalidArgument, "override '{}': the recipe has no stage '{}'{}", assignment,
         head, near ? fmt::format("; did you mean '{}'?", *near) : "");
  }
  return fmt::format("stages.{}.with.{}", head, assignment.substr(dot + 1));
}

// Overrides address stages by name and need a `with` to write to.
void complete_stages(Json& recipe) {
  if (!recipe.contains("stages") || !recipe["stages"].is_array()) return;
  for (Json& stage : recipe["stages"]) {
    if (!stage.is_object()) continue;
    if (!stage.contains("name") && stage.contains("uses")) stage["name"] = stage["uses"];
    if (!stage.contains("with") || stage["with"].is_null()) stage["with"] = Json::object();
  }
}

StageSpec parse_stage(const Config& config, size_t index) {
  StageSpec stage;
  stage.uses = config.get<std::string>("uses");
  stage.name = config.get<std::string>("name", stage.uses);
  check_name(stage.name, config.where("name"));
  stage.with = config.child("with").json();
  stage.path = fmt::format("stages[{}].with", index);
  config.finish();
  return stage;
}

}  // namespace

Recipe Recipe::load(const fs::path& path, const std::vector<std::string>& overrides) {
  std::error_code error;
  fs::path file = path;
  if (fs::is_directory(file, error)) file /= "recipe.yaml";
  fs::path folder = fs::absolute(file, error).parent_path();
  return parse(Config::load_yaml(file), file.string(), folder, overrides);
}

Recipe Recipe::parse(Config config, std::string origin, const fs::path& folder,
                     const std::vector<std::string>& overrides) {
  Json json = config.json();
  if (!overrides.empty()) complete_stages(json);
  config = Config(json, origin);
  for (const std::string& assignment : overrides) {
    config.apply_override(expand(assignment, json));
  }

  Recipe recipe;
  recipe.origin = std::move(origin);
  recipe.folder = folder;
  recipe.name = config.get<std::string>("name");
  check_name(recipe.name, config.where("name"));
  const auto output = config.get<std::string>("output", "runs/" + recipe.name);
  if (output.empty()) fail(ErrorCode::kInvalidArgument, "{}: is empty", config.where("output"));
  recipe.output = fs::absolute(output).lexically_normal();

  for (const Config& stage : config.children("stages")) {
    recipe.stages.push_back(parse_stage(stage, recipe.stages.size()));
    const std::string& name = recipe.stages.back().name;
    for (size_t i = 0; i + 1 < recipe.stages.size(); ++i) {
      if (recipe.stages[i].name == name) {
        fail(ErrorCode::kInvalidArgument, "{}: a second stage is named '{}'; give it another name",
             stage.where("name"), name);
      }
    }
  }
  if (recipe.stages.empty()) {
    fail(ErrorCode::kInvalidArgument, "{}: needs at least one stage", config.where("stages"));
  }
  const Config publish = config.child("publish");
  for (const auto& [name, target] : publish.json().items()) {
    check_name(name, publish.where(name));
    if (name == "stages") {
      fail(ErrorCode::kInvalidArgument, "{}: this name is taken by the stages' folder",
           publish.where(name));
    }
    recipe.publish.push_back({name, publish.get<std::string>(name)});
  }
  config.finish();
  return recipe;
}

}  // namespace fundi::recipe
