#include "ops/linear.h"

#include "ops/bias.h"
#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void matmul(const Matmul& args, Stream& stream) {
  constexpr const char* kOp = "matmul";
  check(args.a.shape().rank() == 2 && args.b.shape().rank() == 2, kOp, "a and b must be matrices");
  check(!(args.transpose_a && args.transpose_b), kOp, "only one operand may be transposed");
  check_float(kOp, "a", args.a);
  check_dtype(kOp, "b", args.b, {args.a.dtype()});
  check_float(kOp, "c", args.c);
  const int64_t m = args.a.dim(args.transpose_a ? 1 : 0);
  const int64_t k = args.a.dim(args.transpose_a ? 0 : 1);
  const int64_t n = args.b.dim(args.transpose_b ? 0 : 1);
  check(args.b.dim(args.transpose_b ? 1 : 0) == k, kOp, "inner dimensions of a and b differ");
  check_shape(kOp, "c", args.c, {m, n});
  if (args.bias.defined()) check_shape(kOp, "bias", args.bias, {n});
  if (m == 0 || n == 0) return;
  dispatch(kOp, &KernelTable::matmul, args, stream);
}

Var linear(Context& context, const Var& x, const Var& weight, const Var& bias) {
  const Tensor& w = weight.value();
  check(x.value().shape().rank() == 2 && w.shape().rank() == 2, "linear",
        "x and weight must be matrices");
  Var y(Tensor({x.value().dim(0), w.dim(0)}, x.value().dtype(), x.value().device()));
  Stream& stream = context.stream;
  matmul({.a = x.value(),
          .b = w,
          .c = y.value(),
          .transpose_b = true,
          .bias = bias.defined() ? bias.value() : Tensor()},
         stream);
  if (!context.records({&x, &weight, &bias})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, x, weight, bias, y] {
    if (weight.needs_grad()) {
      const auto [dw, accumulate] = weight.grad_sink();
      matmul({.a = y.grad(),
              .b = x.value(),
              .c = dw,
              .transpose_a = true,
              .accumulate = accumulate},
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
  return y;
}

}  // namespace fundi::ops
