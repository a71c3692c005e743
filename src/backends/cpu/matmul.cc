#include <algorithm>

#include "backends/cpu/gemv.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/onednn.h"
#include "backends/cpu/quant/panel_product.h"
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
  return static_cast<std::byte*>(const_cast<void*>(data)) + byte_size(dtype, elements);
}

Matrix matrix_of(const Tensor& t, bool transposed) {
  return {t.raw(), t.dtype(), t.dim(1), transposed};
}

// Columns [column, column + n) of c = a op(b) for a b of as many columns.
void multiply_by_rows(const ops::Matmul& args, Matrix a, const Matrix& b, int64_t column,
                      int64_t n) {
  const int64_t m = args.c.dim(0), k = a.leading, leading = args.c.dim(1);
  const DType bias_dtype = args.bias.defined() ? args.bias.dtype() : DType::kF32;
  const void* bias = args.bias.defined() ? offset(args.bias.raw(), bias_dtype, column) : nullptr;
  const auto* first = static_cast<const std::byte*>(a.data);
  for (int64_t done = 0; done < m;) {
    const int64_t step = piece(m - done);
    a.data = offset(first, a.dtype, done * k);
    onednn_matmul(step, n, k, a, b, offset(args.c.raw(), args.c.dtype(), done * leading + column),
                  args.c.dtype(), leading, bias, bias_dtype, args.accumulate);
    done += step;
  }
}

// A weight's gradient, a^T b: the rows of the batch are k.
void multiply_along_rows(const ops::Matmul& args) {
  const int64_t m = args.c.dim(0), n = args.c.dim(1), k = args.a.dim(0);
  const void* bias = args.bias.defined() ? args.bias.raw() : nullptr;
  const DType bias_dtype = args.bias.defined() ? args.bias.dtype() : DType::kF32;
  Matrix a = matrix_of(args.a, true), b = matrix_of(args.b, false);
  for (int64_t done = 0; done < k;) {
    const int64_t step = piece(k - done);
    a.data = offset(args.a.raw(), a.dtype, done * a.leading);
    b.data = offset(args.b.raw(), b.dtype, done * b.leading);
    onednn_matmul(m, n, step, a, b, args.c.raw(), args.c.dtype(), n, done == 0 ? bias : nullptr,
                  bias_dtype, args.accumulate || done > 0);
    done += step;
  }
}

Tensor as(const Tensor& t, DType dtype) {
  if (t.dtype() == dtype) return t;
  Tensor converted(t.shape(), dtype);
  convert_elements(t.raw(), t.dtype(), converted.raw(), dtype, t.elements());
  return converted;
}

// b [N,K] of a type that oneDNN does not take: decoded to f32, as many rows at a time as stay in
// the second-level cache or nearly so, since all rows of a meet them there.
void multiply_decoded(const ops::Matmul& args) {
  constexpr int64_t kDecodedElements = int64_t{1} << 20;
  const int64_t n = args.b.dim(0), k = args.b.dim(1);
  const int64_t rows = std::clamp<int64_t>(kDecodedElements / k, 1, n);
  const Tensor a = as(args.a, DType::kF32), decoded({rows, k}, DType::kF32);
  for (int64_t row = 0; row < n; row += rows) {
    const int64_t count = std::min(rows, n - row);
    convert_elements(offset(args.b.raw(), args.b.dtype(), row * k), args.b.dtype(), decoded.raw(),
                     DType::kF32, count * k);
    multiply_by_rows(args, matrix_of(a, false), matrix_of(decoded, true), row, count);
  }
}

void matmul(const ops::Matmul& args) {
  if (args.a.dim(args.transpose_a ? 0 : 1) == 0) {
    if (!args.accumulate) args.c.zero();
    return;
  }
  if (args.transpose_a) return multiply_along_rows(args);
  const DType stored = args.b.dtype();
  if (stored != DType::kF32 && stored != DType::kBF16) return multiply_decoded(args);
  const Tensor a = as(args.a, stored);
  multiply_by_rows(args, matrix_of(a, false), matrix_of(args.b, args.transpose_b), 0,
                   args.c.dim(1));
}

}  // namespace

void matmuls(const std::span<const ops::Matmul>& products, Stream&) {
  if (std::all_of(products.begin(), products.end(), gemv_applies)) return gemvs(products);
  if (std::all_of(products.begin(), products.end(), panel_product_applies)) {
    return panel_products(products);
  }
  for (const ops::Matmul& product : products) {
    if (gemv_applies(product)) {
      gemvs({&product, 1});
    } else if (panel_product_applies(product)) {
      panel_products({&product, 1});
    } else {
      matmul(product);
    }
  }
}

}  // namespace fundi::cpu
