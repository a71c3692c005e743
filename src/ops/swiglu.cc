#include "ops/swiglu.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void swiglu_forward(const SwigluForward& args, Stream& stream) {
  constexpr const char* kOp = "swiglu_forward";
  check_float(kOp, "gate", args.gate);
  check_shape(kOp, "up", args.up, args.gate.shape());
  check_dtype(kOp, "up", args.up, {args.gate.dtype()});
  check_shape(kOp, "y", args.y, args.gate.shape());
  check_dtype(kOp, "y", args.y, {args.gate.dtype()});
  dispatch(kOp, &KernelTable::swiglu_forward, args, stream);
}

void swiglu_backward(const SwigluBackward& args, Stream& stream) {
  constexpr const char* kOp = "swiglu_backward";
  for (const Tensor* t : {&args.up, &args.dy, &args.dgate, &args.dup}) {
    check_shape(kOp, "argument", *t, args.gate.shape());
    check_dtype(kOp, "argument", *t, {args.gate.dtype()});
  }
  dispatch(kOp, &KernelTable::swiglu_backward, args, stream);
}

Var swiglu(Context& context, const Var& gate, const Var& up) {
  const Tensor& value = gate.value();
  Var y(Tensor(value.shape(), value.dtype(), value.device()));
  Stream& stream = context.stream;
  swiglu_forward({.gate = value, .up = up.value(), .y = y.value()}, stream);
  if (!context.records({&gate, &up})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, gate, up, y] {
    const auto dgate = gate.grad_sink(), dup = up.grad_sink();
    swiglu_backward({.gate = gate.value(),
                     .up = up.value(),
                     .dy = y.grad(),
                     .dgate = dgate.tensor,
                     .dup = dup.tensor,
                     .accumulate_dgate = dgate.accumulate,
                     .accumulate_dup = dup.accumulate},
                    stream);
  });
  return y;
}

}  // namespace fundi::ops
