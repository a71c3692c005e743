#pragma once

#include <set>
#include <string>

#include "base/json.h"
#include "formats/gguf.h"
#include "models/gguf/families.h"
#include "models/weight_source.h"

namespace fundi::models {

// The weights of a GGUF file by their Hugging Face names. Matrices stay as they are stored, in the
// mapped file where their layout allows; with `dense` they become dtype().
class GgufWeights final : public WeightSource {
 public:
  // All but `dtype` must outlive the source. `config` as config_from_gguf gives it.
  GgufWeights(const formats::GgufFile& file, const std::string& origin, const Json& config,
              DType dtype, bool dense);
  DType dtype() const override { return dtype_; }
  Tensor tensor(const WeightSpec& spec) override;
  // Every tensor of the file must have been asked for: else the model is another one than the
  // metadata says.
  void check_all_used() const;

 private:
  Tensor stored(const std::string& name, const Shape& shape);
  Tensor latent_kv(const WeightSpec& spec, const std::string& name, int64_t heads);
  Tensor expert(const GgufTensorName& name, const Shape& shape);
  bool is_prediction_layer(std::string_view name) const;
  DType target_of(const WeightSpec& spec, const Tensor& stored) const;

  const formats::GgufFile& file_;
  const std::string& origin_;
  const Json& config_;
  const GgufFamily& family_;
  DType dtype_;
  bool dense_;
  std::set<std::string, std::less<>> used_;
};

}  // namespace fundi::models
