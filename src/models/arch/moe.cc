#include "models/arch/moe.h"

#include "base/error.h"
#include "ops/add.h"
#include "ops/glu.h"
#include "ops/scale.h"

namespace fundi::models {

MixtureOfExperts::MixtureOfExperts(int64_t channels, const std::string& name, ParameterReader& read,
                                   const Options& options)
    : options_(options) {
  const auto router_dtype = options.f32_router ? std::optional(DType::kF32) : std::nullopt;
  router_ = read.matrix(name + "gate.weight", options.experts, channels, router_dtype);
  if (options.correction_bias) {
    correction_bias_ = read.buffer(name + "gate.e_score_correction_bias", options.experts);
  }
  for (int64_t e = 0; e < options.experts; ++e) {
    const std::string expert = name + "experts." + std::to_string(e) + ".";
    gate_up_[0].push_back(read.linear(expert + "gate_proj", options.hidden, channels).weight);
    gate_up_[1].push_back(read.linear(expert + "up_proj", options.hidden, channels).weight);
    down_.push_back(read.residual_linear(expert + "down_proj", channels, options.hidden).weight);
  }
  if (options.shared_hidden > 0) {
    shared_.emplace(channels, options.shared_hidden, name + "shared_experts.", read,
                    GatedMlp::Options{.bias = options.shared_bias});
  }
}

ops::Var MixtureOfExperts::forward(ops::Context& context, const ops::Var& x,
                                   const LayerInput& in) const {
  const ops::Routed routed = route(context, x, in);
  const ops::ExpertPlan plan = ops::plan_experts(routed.experts, options_.experts);
  const ops::Var tokens = ops::gather_tokens(context, x, plan);
  const std::vector<ops::Var> gate_up = ops::expert_linears(context, tokens, plan, gate_up_);
  const ops::Var h = ops::glu(context, gate_up[0], gate_up[1], ops::Activation::kSilu);
  const ops::Var y = ops::expert_linears(context, h, plan, {&down_, 1}).front();
  const ops::Var sum = ops::combine_tokens(context, y, routed.weights, plan);
  return shared_ ? ops::add(context, sum, shared_->forward(context, x, in)) : sum;
}

ops::Routed MixtureOfExperts::route(ops::Context& context, const ops::Var& x,
                                    const LayerInput& in) const {
  const ops::Var input = options_.f32_router ? ops::cast(context, x, DType::kF32) : x;
  const ops::Var logits = ops::linear(context, input, {router_});
  const Tensor bias = correction_bias_.defined() ? correction_bias_.value() : Tensor();
  const std::shared_ptr<RoutingStatistics> statistics = in.routing;
  if (statistics == nullptr) return ops::route(context, logits, bias, options_.routing);

  std::function<Tensor()> score_gradient;
  if (statistics->balance_coefficient > 0) {
    if (options_.routing.score != ops::Routing::Score::kSoftmax) {
      fail(ErrorCode::kUnsupported,
           "the auxiliary loss balances softmax routers; this model's are sigmoid, and balanced by "
           "their correction biases");
    }
    // Asked after the whole forward pass, when the loads of all layers are known.
    score_gradient = [statistics] { return balance_gradient(*statistics); };
  }
  ops::Routed routed = ops::route(context, logits, bias, options_.routing, score_gradient);
  // Assigned, not added: a checkpointed block runs twice.
  statistics->layers[static_cast<size_t>(in.layer)] = expert_load(routed.experts, routed.scores);
  return routed;
}

}  // namespace fundi::models
