#include "ops/experts.h"

#include <utility>

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {
namespace {

// Slot rows of one expert.
Tensor rows_of(const Tensor& slots, const ExpertPlan& plan, size_t expert) {
  const int64_t begin = plan.offsets[expert];
  return slots.rows(begin, plan.offsets[expert + 1] - begin);
}

bool is_idle(const ExpertPlan& plan, size_t expert) {
  return plan.offsets[expert] == plan.offsets[expert + 1];
}

// Recorded for each set: dW_e = dy_e^T x_e and dx_e (+)= dy_e W_e.
void record_backward(Context& context, const Var& x, const ExpertPlan& plan,
                     const std::vector<Var>& weights, const Var& y) {
  Stream& stream = context.stream;
  context.tape->record([&stream, x, plan, weights, y] {
    std::vector<Matmul> products;
    const Var::Sink dx = x.needs_grad() ? x.grad_sink() : Var::Sink{};
    for (size_t e = 0; e < weights.size(); ++e) {
      if (is_idle(plan, e)) continue;
      const Tensor dy = rows_of(y.grad(), plan, e);
      if (weights[e].needs_grad()) {
        const auto [dw, accumulate] = weights[e].grad_sink();
        products.push_back({.a = dy,
                            .b = rows_of(x.value(), plan, e),
                            .c = dw,
                            .transpose_a = true,
                            .accumulate = accumulate});
      }
      if (dx.tensor.defined()) {
        products.push_back({.a = dy,
                            .b = weights[e].value(),
                            .c = rows_of(dx.tensor, plan, e),
                            .accumulate = dx.accumulate});
      }
    }
    matmuls(products, stream);
  });
}

}  // namespace

ExpertPlan plan_experts(const Tensor& experts, int64_t expert_count) {
  constexpr const char* kOp = "plan_experts";
  check_dtype(kOp, "experts", experts, {DType::kI32});
  check(experts.shape().rank() == 2, kOp, "experts must be [N,K]");
  const int64_t slots = experts.elements();
  ExpertPlan plan{.slot_of = Tensor(experts.shape(), DType::kI32),
                  .offsets = std::vector<int64_t>(static_cast<size_t>(expert_count + 1), 0)};
  const std::span<const int32_t> chosen = experts.span<int32_t>();
  for (const int32_t expert : chosen) ++plan.offsets[static_cast<size_t>(expert) + 1];
  for (size_t e = 1; e < plan.offsets.size(); ++e) plan.offsets[e] += plan.offsets[e - 1];
  std::vector<int64_t> next(plan.offsets.begin(), plan.offsets.end() - 1);
  for (int64_t i = 0; i < slots; ++i) {
    const int64_t slot = next[static_cast<size_t>(chosen[static_cast<size_t>(i)])]++;
    plan.slot_of.data<int32_t>()[i] = static_cast<int32_t>(slot);
  }
  return plan;
}

void gather_tokens(const GatherTokens& args, Stream& stream) {
  constexpr const char* kOp = "gather_tokens";
  check(args.x.shape().rank() == 2, kOp, "x must be [N,C]");
  check_float(kOp, "x", args.x);
  check(args.slot_of.shape().rank() == 2 && args.slot_of.dim(0) == args.x.dim(0), kOp,
        "slot_of must be [N,K]");
  check_dtype(kOp, "y", args.y, {args.x.dtype()});
  check_shape(kOp, "y", args.y, {args.slot_of.elements(), args.x.dim(1)});
  if (args.weights.defined()) check_shape(kOp, "weights", args.weights, args.slot_of.shape());
  dispatch(kOp, &KernelTable::gather_tokens, args, stream);
}

void combine_tokens(const CombineTokens& args, Stream& stream) {
  constexpr const char* kOp = "combine_tokens";
  check(args.x.shape().rank() == 2 && args.slot_of.shape().rank() == 2, kOp,
        "x must be [M,C] and slot_of [N,K]");
  check_float(kOp, "x", args.x);
  check(args.slot_of.elements() == args.x.dim(0), kOp, "each row of x needs a slot");
  check_dtype(kOp, "y", args.y, {args.x.dtype()});
  check_shape(kOp, "y", args.y, {args.slot_of.dim(0), args.x.dim(1)});
  if (args.weights.defined()) check_shape(kOp, "weights", args.weights, args.slot_of.shape());
  dispatch(kOp, &KernelTable::combine_tokens, args, stream);
}

void combine_weights_backward(const CombineWeightsBackward& args, Stream& stream) {
  constexpr const char* kOp = "combine_weights_backward";
  check_float(kOp, "x", args.x);
  check_dtype(kOp, "dy", args.dy, {args.x.dtype()});
  check_shape(kOp, "dy", args.dy, {args.slot_of.dim(0), args.x.dim(1)});
  check_dtype(kOp, "dweights", args.dweights, {DType::kF32});
  check_shape(kOp, "dweights", args.dweights, args.slot_of.shape());
  dispatch(kOp, &KernelTable::combine_weights_backward, args, stream);
}

Var gather_tokens(Context& context, const Var& x, const ExpertPlan& plan) {
  const Tensor& value = x.value();
  Var y(Tensor({plan.slot_of.elements(), value.dim(1)}, value.dtype(), value.device()));
  Stream& stream = context.stream;
  gather_tokens({.x = value, .weights = {}, .slot_of = plan.slot_of, .y = y.value()}, stream);
  if (!context.records({&x})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, x, plan, y] {
    const auto [dx, accumulate] = x.grad_sink();
    combine_tokens(
        {.x = y.grad(), .weights = {}, .slot_of = plan.slot_of, .y = dx, .accumulate = accumulate},
        stream);
  });
  return y;
}

Var combine_tokens(Context& context, const Var& x, const Var& weights, const ExpertPlan& plan) {
  const Tensor& value = x.value();
  Var y(Tensor({plan.slot_of.dim(0), value.dim(1)}, value.dtype(), value.device()));
  Stream& stream = context.stream;
  combine_tokens({.x = value, .weights = weights.value(), .slot_of = plan.slot_of, .y = y.value()},
                 stream);
  if (!context.records({&x, &weights})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, x, weights, plan, y] {
    if (weights.needs_grad()) {
      const auto [dweights, accumulate] = weights.grad_sink();
      combine_weights_backward({.x = x.value(),
                                .dy = y.grad(),
                                .slot_of = plan.slot_of,
                                .dweights = dweights,
                                .accumulate = accumulate},
                               stream);
    }
    if (!x.needs_grad()) return;
    const auto [dx, accumulate] = x.grad_sink();
    gather_tokens({.x = y.grad(),
                   .weights = weights.value(),
                   .slot_of = plan.slot_of,
                   .y = dx,
                   .accumulate = accumulate},
                  stream);
  });
  return y;
}

std::vector<Var> expert_linears(Context& context, const Var& x, const ExpertPlan& plan,
                                std::span<const std::vector<Var>> sets) {
  const Tensor& value = x.value();
  std::vector<Var> outputs;
  std::vector<Matmul> products;
  for (const std::vector<Var>& weights : sets) {
    check(weights.size() + 1 == plan.offsets.size(), "expert_linears",
          "a set must have a weight for each expert");
    outputs.emplace_back(
        Tensor({value.dim(0), weights.front().value().dim(0)}, value.dtype(), value.device()));
    for (size_t e = 0; e < weights.size(); ++e) {
      if (is_idle(plan, e)) continue;
      products.push_back({.a = rows_of(value, plan, e),
                          .b = weights[e].value(),
                          .c = rows_of(outputs.back().value(), plan, e),
                          .transpose_b = true});
    }
  }
  matmuls(products, context.stream);
  if (context.tape == nullptr) return outputs;
  for (size_t i = 0; i < sets.size(); ++i) {
    bool records = x.needs_grad();
    for (const Var& weight : sets[i]) records = records || weight.needs_grad();
    if (!records) continue;
    outputs[i].set_needs_grad(true);
    record_backward(context, x, plan, sets[i], outputs[i]);
  }
  return outputs;
}

}  // namespace fundi::ops
