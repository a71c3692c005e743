#include "train/checkpoint.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <regex>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "models/directory.h"

namespace fundi::train {
namespace {

constexpr const char* kState = "trainer_state.json";
constexpr const char* kOptimizer = "optimizer.safetensors";
constexpr std::string_view kPrefix = "checkpoint-";
constexpr int kFormat = 1;

template <typename T>
Json optional_json(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<double> optional_number(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional(json.get<double>());
}

// STEP of "checkpoint-STEP", nothing else.
std::optional<int64_t> step_of(const std::string& name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (error != std::errc() || stop != end || step <= 0) return std::nullopt;
  return step;
}

void remove_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) spdlog::warn("{}: cannot be removed: {}", path.string(), error.message());
}

// The temporary names of AtomicFile, AtomicDirectory (".tmp-PID-HEX") and of publish_weights.
bool is_leftover(const std::string& name) {
  static const std::regex pattern(R"(.+\.tmp-(\d+-[0-9a-f]{8}|publish))");
  return std::regex_match(name, pattern);
}

// A checkpoint of ours, not one of another trainer's.
bool is_complete(const fs::path& path) {
  return fs::exists(path / kState) && fs::exists(path / kOptimizer);
}

// The state goes first, so that a kill in between leaves nothing that looks complete.
void remove_checkpoint(const fs::path& path) {
  std::error_code error;
  fs::remove(path / kState, error);
  remove_tree(path);
}

// Adds ids to "eos_token_id", which is null, an id or a list.
void add_eos_ids(const fs::path& path, const std::vector<int64_t>& ids) {
  Json json = read_json(path);
  Json& eos = json["eos_token_id"];
  if (eos.is_null()) eos = Json::array();
  if (!eos.is_array()) eos = Json::array({eos});
  for (const int64_t id : ids) {
    if (std::find(eos.begin(), eos.end(), Json(id)) == eos.end()) eos.push_back(id);
  }
  if (eos.size() == 1) eos = Json(eos.front());
  if (eos.is_array() && eos.empty()) eos = nullptr;
  write_file_atomic(path, dump_json_pretty(json));
}

bool is_weights(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.starts_with("model") &&
         (name.ends_with(".safetensors") || name.ends_with(".safetensors.index.json"));
}

void publish_weights(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (fs::equivalent(from, to, error)) return;  // renaming a link over its twin would do nothing
  const fs::path temporary = to.string() + ".tmp-publish";
  fs::remove(temporary, error);
  fs::create_hard_link(from, temporary, error);
  if (!error) {
    fs::rename(temporary, to, error);
    if (!error) return;
    fail(ErrorCode::kIo, "{}: cannot be replaced: {}", to.string(), error.message());
  }
  AtomicFile copy(to);
  copy.write(MappedFile::open(from)->bytes());
  copy.commit();
}

}  // namespace

Json TrainerState::to_json() const {
  Json json;
  json["format"] = kFormat;
  json["step"] = step;
  json["epoch"] = epoch;
  json["position"] = position;
  json["tokens"] = tokens;
  json["seconds"] = seconds;
  json["window_loss"] = window_loss;
  json["window_steps"] = window_steps;
  json["loss"] = optional_json(loss);
  json["eval_loss"] = optional_json(eval_loss);
  json["best_loss"] = optional_json(best_loss);
  json["best_step"] = best_step;
  json["settings"] = settings;
  if (!sources.is_null()) json["sources"] = sources;
  return json;
}

TrainerState TrainerState::from_json(const Json& json, const std::string& origin) {
  try {
    if (json.at("format").get<int>() != kFormat) {
      fail(ErrorCode::kUnsupported,
           "{}: format {} is not known to this version; set resume: false "
           "to start over",
           origin, dump_json(json.at("format")));
    }
    TrainerState state;
    state.step = json.at("step").get<int64_t>();
    state.epoch = json.at("epoch").get<int64_t>();
    state.position = json.at("position").get<int64_t>();
    state.tokens = json.at("tokens").get<int64_t>();
    state.seconds = json.at("seconds").get<double>();
    state.window_loss = json.at("window_loss").get<double>();
    state.window_steps = json.at("window_steps").get<int64_t>();
    state.loss = optional_number(json.at("loss"));
    state.eval_loss = optional_number(json.at("eval_loss"));
    state.best_loss = optional_number(json.at("best_loss"));
    state.best_step = json.at("best_step").get<int64_t>();
    state.settings = json.at("settings");
    state.sources = json.value("sources", Json());
    return state;
  } catch (const Json::exception& e) {
    fail(ErrorCode::kCorruptData, "{}: {}; set resume: false to start over", origin, e.what());
  }
}

Checkpoints::Checkpoints(fs::path output_dir, const text::Tokenizer& tokenizer)
    : output_dir_(std::move(output_dir)), tokenizer_(tokenizer) {
  std::error_code error;
  std::vector<fs::path> left;
  for (const auto& entry : fs::directory_iterator(output_dir_, error)) {
    if (is_leftover(entry.path().filename().string())) left.push_back(entry.path());
  }
  for (const fs::path& path : left) remove_tree(path);
}

std::vector<int64_t> Checkpoints::steps() const {
  std::vector<int64_t> steps;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(output_dir_, error)) {
    const auto step = step_of(entry.path().filename().string());
    if (step && is_complete(entry.path())) steps.push_back(*step);
  }
  std::sort(steps.begin(), steps.end());
  return steps;
}

std::optional<int64_t> Checkpoints::newest() const {
  const std::vector<int64_t> all = steps();
  return all.empty() ? std::nullopt : std::optional(all.back());
}

fs::path Checkpoints::path(int64_t step) const {
  return output_dir_ / (std::string(kPrefix) + std::to_string(step));
}

fs::path Checkpoints::optimizer_file(int64_t step) const { return path(step) / kOptimizer; }

TrainerState Checkpoints::state(int64_t step) const {
  const fs::path file = path(step) / kState;
  TrainerState state = TrainerState::from_json(read_json(file), file.string());
  if (state.step != step) {
    fail(ErrorCode::kCorruptData, "{}: holds step {}; was the folder renamed?", file.string(),
         state.step);
  }
  return state;
}

void Checkpoints::save(models::Model& model, const Optimizer& optimizer, const TrainerState& state,
                       const std::vector<int64_t>& eos_ids, int64_t limit) const {
  AtomicDirectory directory(path(state.step));
  models::save_model(model, directory.path(), &tokenizer_);
  add_eos_ids(directory.path() / "config.json", eos_ids);
  add_eos_ids(directory.path() / "generation_config.json", eos_ids);
  formats::write_safetensors(directory.path() / kOptimizer, optimizer.state());
  write_file_atomic(directory.path() / kState, dump_json_pretty(state.to_json()));
  directory.commit();
  if (limit <= 0) return;
  std::vector<int64_t> all = steps();
  std::erase_if(all, [&](int64_t step) { return step == state.best_step && step != state.step; });
  for (size_t i = 0; i + static_cast<size_t>(limit) < all.size(); ++i) {
    if (all[i] != state.step) remove_checkpoint(path(all[i]));
  }
}

void Checkpoints::publish(int64_t step) const {
  if (!is_complete(path(step))) {
    fail(ErrorCode::kNotFound, "{}: the checkpoint to publish is gone", path(step).string());
  }
  std::set<fs::path> names;
  for (const auto& entry : fs::directory_iterator(path(step))) {
    const fs::path name = entry.path().filename();
    if (name != kState && name != kOptimizer && entry.is_regular_file()) names.insert(name);
  }
  // The weights first: config.json, which makes the folder a model, comes with them in place.
  for (const fs::path& name : names) {
    if (is_weights(name)) publish_weights(path(step) / name, output_dir_ / name);
  }
  std::vector<fs::path> stale;  // shards of an earlier model
  for (const auto& entry : fs::directory_iterator(output_dir_)) {
    const fs::path name = entry.path().filename();
    if (is_weights(name) && !names.contains(name)) stale.push_back(entry.path());
  }
  for (const fs::path& file : stale) remove_tree(file);
  for (const fs::path& name : names) {
    if (!is_weights(name)) write_file_atomic(output_dir_ / name, read_file(path(step) / name));
  }
}

void Checkpoints::remove_all() const {
  for (const int64_t step : steps()) remove_checkpoint(path(step));
}

}  // namespace fundi::train
