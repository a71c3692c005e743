#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/model.h"
#include "models/weight_source.h"
#include "ops/linear.h"

namespace fundi::models {

// RMS normalisation with its weight; `offset` is added to the weight (Gemma stores weight - 1).
struct RmsNorm {
  ops::Var weight;
  float eps = 1e-6f;
  float offset = 0.0f;
  ops::Var operator()(ops::Context& context, const ops::Var& x) const;
};

// Takes weights from a source and lists them, in the order of the calls.
class ParameterReader {
 public:
  ParameterReader(WeightSource& source, std::vector<Parameter>& list)
      : source_(source), list_(list) {}
  DType dtype() const { return source_.dtype(); }  // of the model
  ops::Var embedding(const std::string& name, int64_t vocabulary, int64_t width);
  ops::Var matrix(const std::string& name, int64_t out, int64_t in,
                  std::optional<DType> dtype = std::nullopt);
  // A vector [width] f32 that gradients do not reach.
  ops::Var buffer(const std::string& name, int64_t width);
  // NAME.weight [out,in] and, with `bias`, NAME.bias [out].
  ops::Projection linear(const std::string& name, int64_t out, int64_t in, bool bias = false);
  // The same, written to the residual stream: smaller in a fresh model.
  ops::Projection residual_linear(const std::string& name, int64_t out, int64_t in,
                                  bool bias = false);
  // NAME.weight [width].
  RmsNorm norm(const std::string& name, int64_t width, double eps, float offset = 0.0f);

 private:
  ops::Var add(Parameter parameter, const WeightSpec& spec);
  ops::Projection projection(const std::string& name, const Shape& shape, bool bias,
                             WeightSpec::Initial initial);
  WeightSource& source_;
  std::vector<Parameter>& list_;
};

}  // namespace fundi::models
