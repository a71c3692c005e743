#include <algorithm>
#include <array>
#include <vector>

#include "backends/cpu/few_rows.h"
#include "backends/cpu/gemv.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/onednn.h"
#include "backends/cpu/quant/panel_product.h"
#include "backends/cpu/sums.h"
#include "base/parallel.h"
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

void multiply_by_rows(const ops::Matmul& args) {
  const int64_t m = args.c.dim(0), n = args.c.dim(1), k = args.a.dim(1);
  const void* bias = args.bias.defined() ? args.bias.raw() : nullptr;
  const DType bias_dtype = args.bias.defined() ? args.bias.dtype() : DType::kF32;
  Matrix a = matrix_of(args.a, false);
  const Matrix b = matrix_of(args.b, args.transpose_b);
  for (int64_t done = 0; done < m;) {
    const int64_t step = piece(m - done);
    a.data = offset(args.a.raw(), a.dtype, done * k);
    onednn_matmul(step, n, k, a, b, offset(args.c.raw(), args.c.dtype(), done * n), args.c.dtype(),
                  n, bias, bias_dtype, args.accumulate);
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

// a b^T in f32 for types that oneDNN does not combine, some rows of b at a time: as many as stay
// near the caches, since all rows of a meet them there.
void multiply_in_f32(const ops::Matmul& args) {
  constexpr int64_t kElements = int64_t{1} << 20;
  const int64_t m = args.a.dim(0), n = args.b.dim(0), k = args.b.dim(1);
  const int64_t most = std::clamp<int64_t>(kElements / std::max(m, k), 1, n);
  const Tensor a = args.a.as(DType::kF32), b({most, k}, DType::kF32), c({most * m}, DType::kF32);
  for (int64_t row = 0; row < n; row += most) {
    const int64_t rows = std::min(most, n - row);
    convert_elements(offset(args.b.raw(), args.b.dtype(), row * k), args.b.dtype(), b.raw(),
                     DType::kF32, rows * k);
    multiply_by_rows({.a = a,
                      .b = b.rows(0, rows),
                      .c = c.rows(0, m * rows).reshape({m, rows}),
                      .transpose_b = true});
    parallel_ranges(m, [&](int64_t begin, int64_t end, int) {
      write_sums(args, {.data = c.data<float>() + begin * rows,
                        .leading = rows,
                        .row = begin,
                        .rows = end - begin,
                        .column = row,
                        .columns = rows});
    });
  }
}

void matmul(const ops::Matmul& args) {
  if (args.a.dim(args.transpose_a ? 0 : 1) == 0) {
    if (!args.accumulate) args.c.zero();
    return;
  }
  if (args.transpose_a) return multiply_along_rows(args);
  const bool narrows = args.a.dtype() == DType::kF32 && args.c.dtype() == DType::kBF16;
  if (args.a.dtype() == args.b.dtype() && !(narrows && args.transpose_b)) {
    return multiply_by_rows(args);
  }
  if (args.b.dtype() != DType::kBF16) return multiply_in_f32(args);
  ops::Matmul rounded = args;
  rounded.a = args.a.as(DType::kBF16);
  multiply_by_rows(rounded);
}

// Products by oneDNN. Of many, as of the experts of a layer, each is one thread's: sharing out
// small ones costs more than it brings.
void matmul_each(std::span<const ops::Matmul> products) {
  const auto count = static_cast<int64_t>(products.size());
  if (count >= 4 * thread_count()) {
    parallel_each(count, [&](int64_t i) { matmul(products[static_cast<size_t>(i)]); });
    return;
  }
  for (const ops::Matmul& product : products) matmul(product);
}

// The ways to multiply, each with what it is for; the first that applies is taken.
struct Way {
  bool (*applies)(const ops::Matmul&);
  void (*run)(std::span<const ops::Matmul>);
};
constexpr std::array<Way, 4> kWays{{
    {gemv_applies, gemvs},
    {panel_product_applies, panel_products},
    {few_rows_applies, few_rows_products},
    {[](const ops::Matmul&) { return true; }, matmul_each},
}};

size_t way_of(const ops::Matmul& product) {
  size_t way = 0;
  while (!kWays[way].applies(product)) ++way;
  return way;
}

}  // namespace

void matmuls(const std::span<const ops::Matmul>& products, Stream&) {
  const auto same_way = [way = way_of(products.front())](const ops::Matmul& product) {
    return way_of(product) == way;
  };
  if (std::ranges::all_of(products, same_way)) return kWays[way_of(products.front())].run(products);
  std::array<std::vector<ops::Matmul>, kWays.size()> sorted;
  for (const ops::Matmul& product : products) sorted[way_of(product)].push_back(product);
  for (size_t way = 0; way < kWays.size(); ++way) {
    if (!sorted[way].empty()) kWays[way].run(sorted[way]);
  }
}

}  // namespace fundi::cpu
