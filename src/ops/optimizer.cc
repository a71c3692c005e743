#include "ops/optimizer.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void adamw(const AdamW& args, Stream& stream) {
  constexpr const char* kOp = "adamw";
  for (const Tensor* t : {&args.master, &args.m, &args.v, &args.grad}) {
    check_dtype(kOp, "state", *t, {DType::kF32});
    check_shape(kOp, "state", *t, args.master.shape());
  }
  if (args.param.defined()) check_shape(kOp, "param", args.param, args.master.shape());
  check(args.step >= 1, kOp, "steps count from 1");
  dispatch(kOp, &KernelTable::adamw, args, stream);
}

void squared_norm(const SquaredNorm& args, Stream& stream) {
  constexpr const char* kOp = "squared_norm";
  check_float(kOp, "x", args.x);
  check_dtype(kOp, "out", args.out, {DType::kF32});
  check_shape(kOp, "out", args.out, {1});
  dispatch(kOp, &KernelTable::squared_norm, args, stream);
}

}  // namespace fundi::ops
