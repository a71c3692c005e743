#include "ops/scale.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void scale(const Scale& args, Stream& stream) {
  constexpr const char* kOp = "scale";
  check_float(kOp, "x", args.x);
  check_float(kOp, "y", args.y);
  check_shape(kOp, "y", args.y, args.x.shape());
  dispatch(kOp, &KernelTable::scale, args, stream);
}

namespace {

Var scaled(Context& context, const Var& x, float factor, DType dtype) {
  const Tensor& value = x.value();
  Var y(Tensor(value.shape(), dtype, value.device()));
  Stream& stream = context.stream;
  scale({.x = value, .y = y.value(), .factor = factor}, stream);
  if (!context.records({&x})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, x, y, factor] {
    const auto [dx, accumulate] = x.grad_sink();
    scale({.x = y.grad(), .y = dx, .factor = factor, .accumulate = accumulate}, stream);
  });
  return y;
}

}  // namespace

Var scale(Context& context, const Var& x, float factor) {
  return scaled(context, x, factor, x.value().dtype());
}

Var cast(Context& context, const Var& x, DType dtype) {
  return x.value().dtype() == dtype ? x : scaled(context, x, 1.0f, dtype);
}

}  // namespace fundi::ops
