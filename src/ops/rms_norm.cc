#include "ops/rms_norm.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void rms_norm_forward(const RmsNormForward& args, Stream& stream) {
  constexpr const char* kOp = "rms_norm_forward";
  check(args.x.shape().rank() == 2, kOp, "x must be a matrix");
  check_float(kOp, "x", args.x);
  check_dtype(kOp, "weight", args.weight, {args.x.dtype()});
  check_dtype(kOp, "y", args.y, {args.x.dtype()});
  check_shape(kOp, "weight", args.weight, {args.x.dim(1)});
  check_shape(kOp, "y", args.y, args.x.shape());
  check_dtype(kOp, "rstd", args.rstd, {DType::kF32});
  check_shape(kOp, "rstd", args.rstd, {args.x.dim(0)});
  dispatch(kOp, &KernelTable::rms_norm_forward, args, stream);
}

void rms_norm_backward(const RmsNormBackward& args, Stream& stream) {
  constexpr const char* kOp = "rms_norm_backward";
  check_shape(kOp, "dy", args.dy, args.x.shape());
  check_dtype(kOp, "dy", args.dy, {args.x.dtype()});
  if (args.dx.defined()) {
    check_shape(kOp, "dx", args.dx, args.x.shape());
    check_dtype(kOp, "dx", args.dx, {args.x.dtype()});
  }
  if (args.dweight.defined()) {
    check_shape(kOp, "dweight", args.dweight, args.weight.shape());
    check_float(kOp, "dweight", args.dweight);
  }
  dispatch(kOp, &KernelTable::rms_norm_backward, args, stream);
}

Var rms_norm(Context& context, const Var& x, const Var& weight, float eps, float offset) {
  const Tensor& value = x.value();
  const int64_t channels = weight.value().elements();
  check(value.shape().rank() == 2 && channels > 0 && value.dim(1) % channels == 0, "rms_norm",
        "x must be [N, H*C] with the C channels of weight");
  const Shape rows{value.elements() / channels, channels};
  Var y(Tensor(value.shape(), value.dtype(), value.device()));
  const Tensor rstd({rows[0]}, DType::kF32, value.device());
  Stream& stream = context.stream;
  rms_norm_forward({.x = value.reshape(rows),
                    .weight = weight.value(),
                    .y = y.value().reshape(rows),
                    .rstd = rstd,
                    .eps = eps,
                    .offset = offset},
                   stream);
  if (!context.records({&x, &weight})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, x, weight, y, rstd, rows, offset] {
    RmsNormBackward args{.x = x.value().reshape(rows),
                         .weight = weight.value(),
                         .rstd = rstd,
                         .dy = y.grad().reshape(rows),
                         .dx = {},
                         .dweight = {},
                         .offset = offset};
    if (x.needs_grad()) {
      const auto [dx, accumulate] = x.grad_sink();
      args.dx = dx.reshape(rows);
      args.accumulate_dx = accumulate;
    }
    if (weight.needs_grad()) {
      const auto [dweight, accumulate] = weight.grad_sink();
      if (!accumulate) dweight.zero();
      args.dweight = dweight;
    }
    rms_norm_backward(args, stream);
  });
  return y;
}

}  // namespace fundi::ops
