#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "formats/safetensors.h"
#include "models/arch/all.h"
#include "models/weight_source.h"

namespace fundi::models {

// The weights of a Hugging Face directory. They stay in the mapped file where their dtype allows.
class FileWeights final : public WeightSource {
 public:
  // What to do with weights stored in another type than the model's. kConvert: everything becomes
  // `dtype`, by default f32 where the file's embedding is f32 and else bf16. kKeepF16: matrices of
  // f16 stay so, and where the embedding is one the model's dtype is f32. kAsStored: matrices stay
  // what they are, save that FP8 becomes bf16.
  enum class Storage : uint8_t { kConvert, kKeepF16, kAsStored };
  // All that is given must outlive the source.
  FileWeights(const formats::SafetensorsModel& file, const std::filesystem::path& directory,
              const ModelConfig& config, std::optional<DType> dtype, Storage storage);

  DType dtype() const override { return dtype_; }
  // A tensor that is missing or has the wrong shape is kCorruptData and named.
  Tensor tensor(const WeightSpec& spec) override;
  // Every tensor of the file must have been asked for: else the model is another one than
  // config.json says.
  void check_all_used() const;

 private:
  DType default_dtype() const;
  // What the file calls the weight; the name itself where it has none.
  std::string stored_name(const std::string& name) const;
  Tensor read(const std::string& name, const Shape& shape);
  DType target_of(const WeightSpec& spec, DType stored) const;
  Tensor read_fp8(const std::string& name, const Tensor& weight, DType dtype);
  [[noreturn]] void fail_missing(const WeightSpec& spec) const;

  const formats::SafetensorsModel& file_;
  const std::filesystem::path& directory_;
  const ModelConfig& config_;
  const Architecture& architecture_;
  Storage storage_;
  DType dtype_;
  std::set<std::string, std::less<>> asked_;
};

}  // namespace fundi::models
