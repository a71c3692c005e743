#include "ops/route.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {
namespace {

void check_routing(const char* op, const Routing& routing, int64_t experts) {
  check(routing.groups >= 1 && experts % routing.groups == 0, op,
        "the experts must form equal groups");
  check(routing.top_groups >= 1 && routing.top_groups <= routing.groups, op,
        "top_groups must be from 1 to groups");
  check(routing.experts_per_token >= 1 &&
            routing.experts_per_token <= experts / routing.groups * routing.top_groups,
        op, "more experts a token than there are to choose from");
}

}  // namespace

void route_forward(const RouteForward& args, Stream& stream) {
  constexpr const char* kOp = "route_forward";
  check(args.logits.shape().rank() == 2, kOp, "logits must be [N,E]");
  check_float(kOp, "logits", args.logits);
  const int64_t N = args.logits.dim(0), E = args.logits.dim(1);
  const int64_t K = args.routing.experts_per_token;
  check_routing(kOp, args.routing, E);
  if (args.bias.defined()) {
    check_dtype(kOp, "bias", args.bias, {DType::kF32});
    check_shape(kOp, "bias", args.bias, {E});
  }
  check_dtype(kOp, "scores", args.scores, {DType::kF32});
  check_shape(kOp, "scores", args.scores, {N, E});
  check_dtype(kOp, "experts", args.experts, {DType::kI32});
  check_shape(kOp, "experts", args.experts, {N, K});
  check_dtype(kOp, "weights", args.weights, {DType::kF32});
  check_shape(kOp, "weights", args.weights, {N, K});
  dispatch(kOp, &KernelTable::route_forward, args, stream);
}

void route_backward(const RouteBackward& args, Stream& stream) {
  constexpr const char* kOp = "route_backward";
  check_shape(kOp, "dweights", args.dweights, args.weights.shape());
  check_shape(kOp, "dlogits", args.dlogits, args.scores.shape());
  check_float(kOp, "dlogits", args.dlogits);
  if (args.dscores.defined()) {
    check_dtype(kOp, "dscores", args.dscores, {DType::kF32});
    check_shape(kOp, "dscores", args.dscores, {args.scores.dim(1)});
  }
  dispatch(kOp, &KernelTable::route_backward, args, stream);
}

Routed route(Context& context, const Var& logits, const Tensor& bias, const Routing& routing,
             const std::function<Tensor()>& score_gradient) {
  const Tensor& value = logits.value();
  check(value.shape().rank() == 2, "route", "logits must be [N,E]");
  const Shape chosen{value.dim(0), routing.experts_per_token};
  const Device device = value.device();
  const Routed routed{.weights = Var(Tensor(chosen, DType::kF32, device)),
                      .experts = Tensor(chosen, DType::kI32, device),
                      .scores = Tensor(value.shape(), DType::kF32, device)};
  Stream& stream = context.stream;
  route_forward({.logits = value,
                 .bias = bias,
                 .scores = routed.scores,
                 .experts = routed.experts,
                 .weights = routed.weights.value(),
                 .routing = routing},
                stream);
  if (!context.records({&logits})) return routed;
  Var(routed.weights).set_needs_grad(true);
  context.tape->record([&stream, logits, routed, routing, score_gradient] {
    const auto [dlogits, accumulate] = logits.grad_sink();
    route_backward({.scores = routed.scores,
                    .experts = routed.experts,
                    .weights = routed.weights.value(),
                    .dweights = routed.weights.grad(),
                    .dscores = score_gradient ? score_gradient() : Tensor(),
                    .dlogits = dlogits,
                    .routing = routing,
                    .accumulate = accumulate},
                   stream);
  });
  return routed;
}

}  // namespace fundi::ops
