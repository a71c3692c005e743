#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/arch/decoder.h"
#include "models/arch/mlp.h"
#include "ops/experts.h"
#include "ops/route.h"

namespace fundi::models {

// A feed-forward of many experts, K of which work on a token (Shazeer et al. 2017,
// arXiv:1701.06538), with shared ones that work on every token (DeepSeekMoE, Dai et al. 2024,
// arXiv:2401.06066):
//   y = sum_k w_k SwiGLU_{e_k}(x) + SwiGLU_shared(x)
class MixtureOfExperts final : public FeedForward {
 public:
  struct Options {
    int64_t experts = 0;
    int64_t hidden = 0;         // of an expert
    int64_t shared_hidden = 0;  // of the shared experts together; 0: none
    bool shared_bias = false;
    ops::Routing routing;
    bool f32_router = false;       // its weight is kept and multiplied in f32
    bool correction_bias = false;  // moves the choice of experts, not their weights
  };
  // Parameters NAMEgate.weight, NAMEgate.e_score_correction_bias, NAMEexperts.E.{gate,up,down}_proj
  // and NAMEshared_experts.{gate,up,down}_proj.
  MixtureOfExperts(int64_t channels, const std::string& name, ParameterReader& read,
                   const Options& options);
  ops::Var forward(ops::Context& context, const ops::Var& x, const LayerInput& in) const override;

 private:
  ops::Routed route(ops::Context& context, const ops::Var& x, const LayerInput& in) const;

  Options options_;
  ops::Var router_, correction_bias_;
  std::array<std::vector<ops::Var>, 2> gate_up_;  // [set][expert]
  std::vector<ops::Var> down_;
  std::optional<GatedMlp> shared_;
};

}  // namespace fundi::models
