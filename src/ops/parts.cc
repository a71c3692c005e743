#include "ops/parts.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {
namespace {

Tensor as_heads(const Tensor& t, int64_t head_dim) {
  check(t.shape().rank() == 2 && head_dim > 0 && t.dim(1) % head_dim == 0, "heads",
        "x must be [N, H*D]");
  return t.reshape({t.dim(0), t.dim(1) / head_dim, head_dim});
}

// The gradient of a part of `input`: from dy at `y_first` to the input's at `x_first`. What the
// part leaves out has no gradient here.
void part_backward(const Var& input, int64_t input_dim, int64_t x_first, const Tensor& dy,
                   int64_t dy_dim, int64_t y_first, int64_t width, Stream& stream) {
  if (!input.needs_grad()) return;
  const auto [dx, accumulate] = input.grad_sink();
  if (!accumulate && width < input_dim) dx.zero();
  copy_part({.x = as_heads(dy, dy_dim),
             .y = as_heads(dx, input_dim),
             .x_first = y_first,
             .y_first = x_first,
             .width = width,
             .accumulate = accumulate},
            stream);
}

}  // namespace

void copy_part(const CopyPart& args, Stream& stream) {
  constexpr const char* kOp = "copy_part";
  check_float(kOp, "x", args.x);
  check_dtype(kOp, "y", args.y, {args.x.dtype()});
  check(args.x.shape().rank() == 3 && args.y.shape().rank() == 3, kOp,
        "x and y must be [N,H,D] or [H,N,D]");
  const int64_t x_rows = args.x.dim(args.x_by_head ? 1 : 0);
  const int64_t y_rows = args.y.dim(args.y_by_head ? 1 : 0);
  const int64_t x_heads = args.x.dim(args.x_by_head ? 0 : 1);
  const int64_t y_heads = args.y.dim(args.y_by_head ? 0 : 1);
  check(x_rows == y_rows, kOp, "x and y must have the same rows");
  check(x_heads == y_heads || x_heads == 1 || y_heads == 1, kOp,
        "x and y must have the same heads, or one of them a single one");
  check(args.width >= 0 && args.x_first >= 0 && args.x_first + args.width <= args.x.dim(2) &&
            args.y_first >= 0 && args.y_first + args.width <= args.y.dim(2),
        kOp, "the part lies outside x or y");
  dispatch(kOp, &KernelTable::copy_part, args, stream);
}

Var slice_heads(Context& context, const Var& x, int64_t head_dim, int64_t first, int64_t width) {
  const Tensor heads = as_heads(x.value(), head_dim);
  Var y(Tensor({heads.dim(0), heads.dim(1) * width}, heads.dtype(), heads.device()));
  Stream& stream = context.stream;
  copy_part({.x = heads, .y = as_heads(y.value(), width), .x_first = first, .width = width},
            stream);
  if (!context.records({&x})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, x, y, head_dim, first, width] {
    part_backward(x, head_dim, first, y.grad(), width, 0, width, stream);
  });
  return y;
}

Var join_heads(Context& context, const Var& a, int64_t a_dim, const Var& b, int64_t b_dim) {
  const Tensor first = as_heads(a.value(), a_dim), second = as_heads(b.value(), b_dim);
  const int64_t width = a_dim + b_dim;
  Var y(Tensor({first.dim(0), first.dim(1) * width}, first.dtype(), first.device()));
  Stream& stream = context.stream;
  const Tensor heads = as_heads(y.value(), width);
  copy_part({.x = first, .y = heads, .width = a_dim}, stream);
  copy_part({.x = second, .y = heads, .y_first = a_dim, .width = b_dim}, stream);
  if (!context.records({&a, &b})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, a, b, y, a_dim, b_dim, width] {
    part_backward(a, a_dim, 0, y.grad(), width, 0, a_dim, stream);
    part_backward(b, b_dim, 0, y.grad(), width, a_dim, b_dim, stream);
  });
  return y;
}

}  // namespace fundi::ops
