#include "ops/embedding.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void embedding_forward(const EmbeddingForward& args, Stream& stream) {
  constexpr const char* kOp = "embedding_forward";
  check_dtype(kOp, "ids", args.ids, {DType::kI32});
  check_weight(kOp, "weight", args.weight);
  check_dtype(kOp, "y", args.y, {args.weight.dtype(), DType::kF32, DType::kBF16});
  check_shape(kOp, "y", args.y, {args.ids.elements(), args.weight.dim(1)});
  dispatch(kOp, &KernelTable::embedding_forward, args, stream);
}

void embedding_backward(const EmbeddingBackward& args, Stream& stream) {
  constexpr const char* kOp = "embedding_backward";
  check_dtype(kOp, "ids", args.ids, {DType::kI32});
  check_float(kOp, "dy", args.dy);
  check_float(kOp, "dweight", args.dweight);
  check_shape(kOp, "dy", args.dy, {args.ids.elements(), args.dweight.dim(1)});
  dispatch(kOp, &KernelTable::embedding_backward, args, stream);
}

Var embedding(Context& context, const Tensor& ids, const Var& weight, std::optional<DType> dtype) {
  const Tensor& w = weight.value();
  Var y(Tensor({ids.elements(), w.dim(1)}, dtype.value_or(w.dtype()), w.device()));
  Stream& stream = context.stream;
  embedding_forward({.ids = ids, .weight = w, .y = y.value()}, stream);
  if (!context.records({&weight})) return y;
  y.set_needs_grad(true);
  context.tape->record([&stream, ids, weight, y] {
    const auto [dweight, accumulate] = weight.grad_sink();
    if (!accumulate) dweight.zero();
    embedding_backward({.ids = ids, .dy = y.grad(), .dweight = dweight}, stream);
  });
  return y;
}

}  // namespace fundi::ops
