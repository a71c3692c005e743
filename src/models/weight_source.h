#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tensor/tensor.h"

namespace fundi::models {

// A weight that a model asks for, by its Hugging Face name.
struct WeightSpec {
  // Its values in a fresh model. kResidual: normal, smaller the deeper the model, for the output
  // projections of the residual stream.
  enum class Initial : uint8_t { kNormal, kResidual, kZeros, kOnes };

  std::string name;
  Shape shape;  // [O,I] of a matrix, [C] of a vector
  Initial initial = Initial::kNormal;
  // What it must be given in. None, for the matrices of products and the embedding: the source's
  // dtype(), or any other stored type that products take (ops/linear.h).
  std::optional<DType> dtype;
};

// Where a model's weights come from.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  // Throws naming the weight where it is missing or another than `spec` says.
  virtual Tensor tensor(const WeightSpec& spec) = 0;
  // Of activations, norms and biases: f32 or bf16.
  virtual DType dtype() const = 0;
};

}  // namespace fundi::models
