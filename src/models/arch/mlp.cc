#include "models/arch/mlp.h"

namespace fundi::models {

GatedMlp::GatedMlp(int64_t channels, int64_t hidden, const std::string& name, ParameterReader& read,
                   const Options& options)
    : activation_(options.activation) {
  gate_up_ = {read.linear(name + "gate_proj", hidden, channels, options.bias),
              read.linear(name + "up_proj", hidden, channels, options.bias)};
  down_ = read.residual_linear(name + "down_proj", channels, hidden, options.bias);
}

ops::Var GatedMlp::forward(ops::Context& context, const ops::Var& x, const LayerInput&) const {
  const std::vector<ops::Var> gate_up = ops::linears(context, x, gate_up_);
  return ops::linear(context, ops::glu(context, gate_up[0], gate_up[1], activation_), down_);
}

}  // namespace fundi::models
