#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "base/random.h"
#include "models/arch/all.h"
#include "models/directory.h"

namespace fundi::models {
namespace {

// Elements that share a stream of random numbers, so that threads can share a tensor and the values
// still depend on seed and name alone.
constexpr int64_t kBlock = 4096;

class RandomWeights final : public WeightSource {
 public:
  RandomWeights(const ModelConfig& config, DType dtype, uint64_t seed)
      : config_(config), dtype_(dtype), seed_(seed) {}

  DType dtype() const override { return dtype_; }

  Tensor tensor(const WeightSpec& spec) override {
    const DType dtype = spec.dtype.value_or(dtype_);
    double scale = config_.initializer_range;
    switch (spec.initial) {
      case WeightSpec::Initial::kZeros:
        return constant(spec.shape, dtype, 0.0f);
      case WeightSpec::Initial::kOnes:
        return constant(spec.shape, dtype, 1.0f);
      case WeightSpec::Initial::kResidual:
        scale /= std::sqrt(2.0 * static_cast<double>(config_.num_hidden_layers));
        break;
      case WeightSpec::Initial::kNormal:
        break;
    }
    return normal(spec.name, spec.shape, dtype, static_cast<float>(scale));
  }

 private:
  static Tensor constant(const Shape& shape, DType dtype, float value) {
    Tensor tensor(shape, dtype);
    for (int64_t i = 0; i < tensor.elements(); ++i) {
      convert_elements(&value, DType::kF32, at(tensor, i), dtype, 1);
    }
    return tensor;
  }

  Tensor normal(const std::string& name, const Shape& shape, DType dtype, float scale) const {
    Tensor tensor(shape, dtype);
    const int64_t elements = tensor.elements();
    const uint64_t stream = hash64(name);
    parallel_each((elements + kBlock - 1) / kBlock, [&](int64_t block) {
      std::array<float, kBlock> values;
      Random random(seed_, stream + static_cast<uint64_t>(block));
      const int64_t begin = block * kBlock, count = std::min(kBlock, elements - begin);
      for (int64_t i = 0; i < count; ++i) values[static_cast<size_t>(i)] = scale * random.normal();
      convert_elements(values.data(), DType::kF32, at(tensor, begin), dtype, count);
    });
    return tensor;
  }

  static void* at(const Tensor& tensor, int64_t element) {
    return static_cast<std::byte*>(tensor.raw()) + byte_size(tensor.dtype(), element);
  }

  const ModelConfig& config_;
  DType dtype_;
  uint64_t seed_;
};

}  // namespace

std::unique_ptr<Model> initialize_model(const ModelConfig& config, DType dtype, uint64_t seed) {
  if (dtype != DType::kF32 && dtype != DType::kBF16) {
    fail(ErrorCode::kInvalidArgument, "a model's dtype must be f32 or bf16, not {}", name(dtype));
  }
  // The config may be put together in code: the checks and defaults of a file's apply.
  const ModelConfig complete = ModelConfig::from_json(config.to_json("float32"), "model config");
  RandomWeights weights(complete, dtype, seed);
  return architecture_of(complete.model_type).make(complete, weights);
}

}  // namespace fundi::models
