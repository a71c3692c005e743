#include <algorithm>

#include "backends/cpu/gemv.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/onednn.h"
#include "ops/linear.h"

namespace fundi::cpu {
namespace {

// Row counts of packed batches differ from call to call, and oneDNN builds a kernel for each shape:
// the free dimension is cut into pieces whose sizes come from a small set. Multiples of kBig, then
// of kSmall, then the rest.
constexpr int64_t kBig = 512;
constexpr int64_t kSmall = 64;

int64_t piece(int64_t left) {
  if (left >= kBig) return left / kBig * kBig;
  if (left >= kSmall) return left / kSmall * kSmall;
  return left;
}

std::byte* offset(const void* data, DType dtype, int64_t elements) {
  return static_cast<std::byte*>(const_cast<void*>(data)) +
         static_cast<int64_t>(byte_size(dtype, 1)) * elements;
}

void matmul(const ops::Matmul& args) {
  const int64_t m = args.c.dim(0), n = args.c.dim(1);
  const int64_t k = args.a.dim(args.transpose_a ? 0 : 1);
  if (k == 0) {
    if (!args.accumulate) args.c.zero();
    return;
  }
  Matrix a{args.a.raw(), args.a.dtype(), args.a.dim(1), args.transpose_a};
  Matrix b{args.b.raw(), args.b.dtype(), args.b.dim(1), args.transpose_b};
  const void* bias = args.bias.defined() ? args.bias.raw() : nullptr;
  const DType bias_dtype = args.bias.defined() ? args.bias.dtype() : DType::kF32;
  if (args.transpose_a) {  // a weight's gradient: the rows of the batch are k
    for (int64_t done = 0; done < k;) {
      const int64_t step = piece(k - done);
      a.data = offset(args.a.raw(), a.dtype, done * a.leading);
      b.data = offset(args.b.raw(), b.dtype, done * b.leading);
      onednn_matmul(m, n, step, a, b, args.c.raw(), args.c.dtype(), n, done == 0 ? bias : nullptr,
                    bias_dtype, args.accumulate || done > 0);
      done += step;
    }
    return;
  }
  for (int64_t done = 0; done < m;) {
    const int64_t step = piece(m - done);
    a.data = offset(args.a.raw(), a.dtype, done * a.leading);
    onednn_matmul(step, n, k, a, b, offset(args.c.raw(), args.c.dtype(), done * n), args.c.dtype(),
                  n, bias, bias_dtype, args.accumulate);
    done += step;
  }
}

}  // namespace

void matmuls(const std::span<const ops::Matmul>& products, Stream&) {
  if (std::all_of(products.begin(), products.end(), gemv_applies)) return gemvs(products);
  for (const ops::Matmul& product : products) {
    gemv_applies(product) ? gemvs({&product, 1}) : matmul(product);
  }
}

}  // namespace fundi::cpu
