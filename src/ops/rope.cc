#include "ops/rope.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void rope(const Rope& args, Stream& stream) {
  constexpr const char* kOp = "rope";
  check(args.x.shape().rank() == 3, kOp, "x must be [N,H,D]");
  check_float(kOp, "x", args.x);
  check_dtype(kOp, "y", args.y, {args.x.dtype()});
  check_shape(kOp, "y", args.y, args.x.shape());
  check_dtype(kOp, "positions", args.positions, {DType::kI32});
  check_shape(kOp, "positions", args.positions, {args.x.dim(0)});
  const auto& [frequencies, first, scale, layout] = args.rotation;
  check_dtype(kOp, "frequencies", frequencies, {DType::kF32});
  const int rank = frequencies.shape().rank();
  check(rank == 1 || (rank == 2 && frequencies.dim(0) == args.x.dim(0)), kOp,
        "frequencies must be [R/2] or [N,R/2]");
  check(first >= 0 && first + 2 * frequencies.dim(rank - 1) <= args.x.dim(2), kOp,
        "more rotated dimensions than the head has");
  dispatch(kOp, &KernelTable::rope, args, stream);
}

Var rope(Context& context, const Var& x, const Tensor& positions, int64_t head_dim,
         const Rotation& rotation) {
  const Tensor& value = x.value();
  check(value.shape().rank() == 2 && head_dim > 0 && value.dim(1) % head_dim == 0, "rope",
        "x must be [N, H*D]");
  const Shape heads{value.dim(0), value.dim(1) / head_dim, head_dim};
  Var y(Tensor(value.shape(), value.dtype(), value.device()));
  Stream& stream = context.stream;
  rope({.x = value.reshape(heads),
        .positions = positions,
        .y = y.value().reshape(heads),
        .rotation = rotation},
       stream);
  if (!context.records({&x})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, x, y, positions, heads, rotation] {
    const auto [dx, accumulate] = x.grad_sink();
    rope({.x = y.grad().reshape(heads),
          .positions = positions,
          .y = dx.reshape(heads),
          .rotation = rotation,
          .inverse = true,
          .accumulate = accumulate},
         stream);
  });
  return y;
}

}  // namespace fundi::ops
