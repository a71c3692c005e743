#include "ops/glu.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void glu_forward(const GluForward& args, Stream& stream) {
  constexpr const char* kOp = "glu_forward";
  check_float(kOp, "gate", args.gate);
  check_shape(kOp, "up", args.up, args.gate.shape());
  check_dtype(kOp, "up", args.up, {args.gate.dtype()});
  check_shape(kOp, "y", args.y, args.gate.shape());
  check_dtype(kOp, "y", args.y, {args.gate.dtype()});
  dispatch(kOp, &KernelTable::glu_forward, args, stream);
}

void glu_backward(const GluBackward& args, Stream& stream) {
  constexpr const char* kOp = "glu_backward";
  for (const Tensor* t : {&args.up, &args.dy, &args.dgate, &args.dup}) {
    check_shape(kOp, "argument", *t, args.gate.shape());
    check_dtype(kOp, "argument", *t, {args.gate.dtype()});
  }
  dispatch(kOp, &KernelTable::glu_backward, args, stream);
}

Var glu(Context& context, const Var& gate, const Var& up, Activation activation) {
  const Tensor& value = gate.value();
  Var y(Tensor(value.shape(), value.dtype(), value.device()));
  Stream& stream = context.stream;
  glu_forward({.gate = value, .up = up.value(), .y = y.value(), .activation = activation}, stream);
  if (!context.records({&gate, &up})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, gate, up, y, activation] {
    const auto dgate = gate.grad_sink(), dup = up.grad_sink();
    glu_backward({.gate = gate.value(),
                  .up = up.value(),
                  .dy = y.grad(),
                  .dgate = dgate.tensor,
                  .dup = dup.tensor,
                  .activation = activation,
                  .accumulate_dgate = dgate.accumulate,
                  .accumulate_dup = dup.accumulate},
                 stream);
  });
  return y;
}

}  // namespace fundi::ops
