#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/model.h"
#include "models/weight_source.h"

namespace fundi::models {

// An architecture: a family of models, one file each.
struct Architecture {
  std::string_view model_type;  // of config.json
  std::string_view class_name;  // that transformers uses
  // Fills and checks everything but model_type and the special tokens; unread keys are errors.
  void (*read_config)(ConfigReader& reader, ModelConfig& config);
  // Adds all that read_config reads, in names that transformers 4 and 5 know.
  void (*write_config)(const ModelConfig& config, Json& json);
  // Wants a complete config, as ModelConfig::from_json gives it.
  std::unique_ptr<Model> (*make)(const ModelConfig& config, WeightSource& weights);
  // Other names that a checkpoint may have for a weight, where the text model is a part of it.
  std::vector<std::string> (*stored_names)(const std::string& name) = nullptr;
  // Whether a tensor of a checkpoint belongs to something that is not run here (a vision tower).
  bool (*is_not_run)(const ModelConfig& config, std::string_view name) = nullptr;
};

// One file each.
extern const Architecture kDeepseekV2;
extern const Architecture kDeepseekV3;
extern const Architecture kLlama;
extern const Architecture kGemma2;
extern const Architecture kGemma3;
extern const Architecture kGemma3Text;
extern const Architecture kMistral;
extern const Architecture kQwen2;
extern const Architecture kQwen3;
extern const Architecture kQwen3Moe;

// Every architecture, from the explicit list in all.cc.
std::span<const Architecture* const> architectures();
// Throws kUnsupported with the list of known types.
const Architecture& architecture_of(std::string_view model_type);

}  // namespace fundi::models
