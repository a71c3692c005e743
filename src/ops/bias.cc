#include "ops/bias.h"

#include "ops/check.h"
#include "ops/kernel_table.h"

namespace fundi::ops {

void bias_backward(const BiasBackward& args, Stream& stream) {
  constexpr const char* kOp = "bias_backward";
  check(args.dy.shape().rank() == 2, kOp, "dy must be a matrix");
  check_float(kOp, "dy", args.dy);
  check_float(kOp, "dbias", args.dbias);
  check_shape(kOp, "dbias", args.dbias, {args.dy.dim(1)});
  dispatch(kOp, &KernelTable::bias_backward, args, stream);
}

}  // namespace fundi::ops
