#include "ops/linear.h"

#include "ops/bias.h"
#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

namespace {

void check_product(const Matmul& args) {
  constexpr const char* kOp = "matmul";
  check(args.a.shape().rank() == 2 && args.b.shape().rank() == 2, kOp, "a and b must be matrices");
  check(!(args.transpose_a && args.transpose_b), kOp, "only one operand may be transposed");
  check_float(kOp, "a", args.a);
  if (args.transpose_b) {
    check_weight(kOp, "b", args.b);
  } else {
    check_dtype(kOp, "b", args.b, {args.a.dtype()});
  }
  check_float(kOp, "c", args.c);
  const int64_t k = args.a.dim(args.transpose_a ? 0 : 1);
  const int64_t n = args.b.dim(args.transpose_b ? 0 : 1);
  check(args.b.dim(args.transpose_b ? 1 : 0) == k, kOp, "inner dimensions of a and b differ");
  check_shape(kOp, "c", args.c, {args.a.dim(args.transpose_a ? 1 : 0), n});
  if (!args.bias.defined()) return;
  check_shape(kOp, "bias", args.bias, {n});
  check_float(kOp, "bias", args.bias);
}

void record_backward(Context& context, const Var& x, const Projection& projection, const Var& y) {
  // The products of the backward take weights of the type of their other operand only.
  check_dtype("linear", "weight, which is trained or trained through,", projection.weight.value(),
              {x.value().dtype()});
  Stream& stream = context.stream;
  context.tape->record([&stream, x, weight = projection.weight, bias = projection.bias, y] {
    if (weight.needs_grad()) {
      const auto [dw, accumulate] = weight.grad_sink();
      matmul(
          {.a = y.grad(), .b = x.value(), .c = dw, .transpose_a = true, .accumulate = accumulate},
          stream);
    }
    if (bias.defined() && bias.needs_grad()) {
      const auto [db, accumulate] = bias.grad_sink();
      bias_backward({.dy = y.grad(), .dbias = db, .accumulate = accumulate}, stream);
    }
    if (x.needs_grad()) {
      const auto [dx, accumulate] = x.grad_sink();
      matmul({.a = y.grad(), .b = weight.value(), .c = dx, .accumulate = accumulate}, stream);
    }
  });
}

}  // namespace

void matmuls(std::span<const Matmul> products, Stream& stream) {
  bool all_have_work = !products.empty();
  for (const Matmul& product : products) {
    check_product(product);
    all_have_work = all_have_work && product.c.elements() > 0;
  }
  if (all_have_work) {
    dispatch("matmul", &KernelTable::matmuls, products, stream);
    return;
  }
  for (const Matmul& product : products) {
    if (product.c.elements() > 0) {
      dispatch("matmul", &KernelTable::matmuls, std::span(&product, 1), stream);
    }
  }
}

void matmul(const Matmul& args, Stream& stream) { matmuls({&args, 1}, stream); }

std::vector<Var> linears(Context& context, const Var& x, std::span<const Projection> projections) {
  std::vector<Var> outputs;
  std::vector<Matmul> products;
  for (const auto& [weight, bias] : projections) {
    const Tensor& w = weight.value();
    check(x.value().shape().rank() == 2 && w.shape().rank() == 2, "linear",
          "x and weight must be matrices");
    outputs.emplace_back(
        Tensor({x.value().dim(0), w.dim(0)}, x.value().dtype(), x.value().device()));
    products.push_back({.a = x.value(),
                        .b = w,
                        .c = outputs.back().value(),
                        .transpose_b = true,
                        .bias = bias.defined() ? bias.value() : Tensor()});
  }
  matmuls(products, context.stream);
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (!context.records({&x, &projections[i].weight, &projections[i].bias})) continue;
    outputs[i].set_needs_grad(true);
    record_backward(context, x, projections[i], outputs[i]);
  }
  return outputs;
}

Var linear(Context& context, const Var& x, const Projection& projection) {
  return linears(context, x, {&projection, 1}).front();
}

}  // namespace fundi::ops
