#include "models/arch/parameters.h"

#include <utility>

#include "ops/rms_norm.h"

namespace fundi::models {

ops::Var RmsNorm::operator()(ops::Context& context, const ops::Var& x) const {
  return ops::rms_norm(context, x, weight, eps, offset);
}

ops::Var ParameterReader::add(Parameter parameter, const WeightSpec& spec) {
  parameter.name = spec.name;
  parameter.var = ops::Var(source_.tensor(spec));
  list_.push_back(std::move(parameter));
  return list_.back().var;
}

ops::Var ParameterReader::embedding(const std::string& name, int64_t vocabulary, int64_t width) {
  return add({.name = {}, .var = {}, .is_matrix = true, .is_embedding = true},
             {.name = name, .shape = {vocabulary, width}, .dtype = {}});
}

ops::Var ParameterReader::matrix(const std::string& name, int64_t out, int64_t in,
                                 std::optional<DType> dtype) {
  return add({.name = {}, .var = {}}, {.name = name, .shape = {out, in}, .dtype = dtype});
}

ops::Var ParameterReader::buffer(const std::string& name, int64_t width) {
  return add({.name = {}, .var = {}, .is_matrix = false, .is_trained = false},
             {name, {width}, WeightSpec::Initial::kZeros, DType::kF32});
}

ops::Projection ParameterReader::projection(const std::string& name, const Shape& shape, bool bias,
                                            WeightSpec::Initial initial) {
  ops::Projection result;
  result.weight = add({.name = {}, .var = {}}, {name + ".weight", shape, initial, {}});
  if (bias) {
    result.bias = add({.name = {}, .var = {}, .is_matrix = false},
                      {name + ".bias", {shape[0]}, WeightSpec::Initial::kZeros, source_.dtype()});
  }
  return result;
}

ops::Projection ParameterReader::linear(const std::string& name, int64_t out, int64_t in,
                                        bool bias) {
  return projection(name, {out, in}, bias, WeightSpec::Initial::kNormal);
}

ops::Projection ParameterReader::residual_linear(const std::string& name, int64_t out, int64_t in,
                                                 bool bias) {
  return projection(name, {out, in}, bias, WeightSpec::Initial::kResidual);
}

RmsNorm ParameterReader::norm(const std::string& name, int64_t width, double eps, float offset) {
  const auto initial = offset == 0.0f ? WeightSpec::Initial::kOnes : WeightSpec::Initial::kZeros;
  return {.weight = add({.name = {}, .var = {}, .is_matrix = false},
                        {name + ".weight", {width}, initial, source_.dtype()}),
          .eps = static_cast<float>(eps),
          .offset = offset};
}

}  // namespace fundi::models
