#include "ops/add.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void add(const Add& args, Stream& stream) {
  constexpr const char* kOp = "add";
  for (const Tensor* t : {&args.a, &args.b, &args.y}) check_float(kOp, "argument", *t);
  check_shape(kOp, "b", args.b, args.a.shape());
  check_shape(kOp, "y", args.y, args.a.shape());
  dispatch(kOp, &KernelTable::add, args, stream);
}

Var add(Context& context, const Var& a, const Var& b) {
  const Tensor& value = a.value();
  Var y(Tensor(value.shape(), value.dtype(), value.device()));
  Stream& stream = context.stream;
  add({.a = value, .b = b.value(), .y = y.value()}, stream);
  if (!context.records({&a, &b})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, a, b, y] {
    for (const Var* input : {&a, &b}) {
      if (!input->needs_grad()) continue;
      const auto [grad, accumulate] = input->grad_sink();
      if (accumulate) {
        add({.a = grad, .b = y.grad(), .y = grad}, stream);
      } else {
        grad.copy_from(y.grad());
      }
    }
  });
  return y;
}

void accumulate_grad(const Var& var, const Tensor& contribution, Stream& stream) {
  if (var.grad().defined()) {
    add({.a = var.grad(), .b = contribution, .y = var.grad()}, stream);
  } else {
    Var(var).set_grad(contribution);
  }
}

}  // namespace fundi::ops
