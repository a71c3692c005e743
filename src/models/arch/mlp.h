#pragma once

#include <array>
#include <string>

#include "models/arch/decoder.h"
#include "ops/glu.h"

namespace fundi::models {

// Gated feed-forward (Shazeer 2020, arXiv:2002.05202): W_down (f(W_gate x) * W_up x)
class GatedMlp final : public FeedForward {
 public:
  struct Options {
    ops::Activation activation = ops::Activation::kSilu;
    bool bias = false;
  };
  // Parameters NAMEgate_proj, NAMEup_proj, NAMEdown_proj; `hidden` channels between.
  GatedMlp(int64_t channels, int64_t hidden, const std::string& name, ParameterReader& read,
           const Options& options);
  ops::Var forward(ops::Context& context, const ops::Var& x, const LayerInput& in) const override;

 private:
  ops::Activation activation_;
  std::array<ops::Projection, 2> gate_up_;
  ops::Projection down_;
};

}  // namespace fundi::models
