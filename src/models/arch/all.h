#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "models/model.h"

namespace fundi::models {

// Where a model's weights come from: `tensor(name, shape)` gives the weight in the model's dtype,
// or throws naming it.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  virtual Tensor tensor(const std::string& name, const Shape& shape) = 0;
  virtual DType dtype() const = 0;
};

// An architecture: model_type of config.json, the class name that transformers uses, and the maker,
// which wants a complete config (as ModelConfig::from_json gives it).
struct Architecture {
  std::string_view model_type;
  std::string_view class_name;
  std::unique_ptr<Model> (*make)(const ModelConfig& config, WeightSource& weights);
};

// Every architecture, from the explicit list in all.cc.
std::span<const Architecture> architectures();
// Throws kUnsupported with the list of known types.
const Architecture& architecture_of(std::string_view model_type);

}  // namespace fundi::models
