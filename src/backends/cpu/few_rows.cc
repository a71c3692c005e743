#include "backends/cpu/few_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/few_rows.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// out[r,j] = sum_k a[r,k] b[k,j] for kRows rows and kVectors vectors of columns: the sums stay in
// registers.
template <int kRows, int kVectors, class D, typename T>
HWY_INLINE void sum_columns(D d, const float* a, int64_t k, const T* b, int64_t stride, float* out,
                            int64_t out_stride) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Vec<D> sums[kRows][kVectors];
  for (auto& row : sums) {
    for (auto& sum : row) sum = hn::Zero(d);
  }
  for (int64_t i = 0; i < k; ++i) {
    for (int v = 0; v < kVectors; ++v) {
      const auto w = load(d, b + i * stride + v * lanes);
      for (int r = 0; r < kRows; ++r) {
        sums[r][v] = hn::MulAdd(hn::Set(d, a[r * k + i]), w, sums[r][v]);
      }
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) store(d, sums[r][v], out + r * out_stride + v * lanes);
  }
}

template <int kRows, typename T>
void sum_rows(const float* a, int64_t k, const T* b, int64_t stride, int64_t columns, float* out) {
  constexpr int kVectors = kRows == 1 ? 4 : 2;
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t j = 0;
  for (; j + kVectors * lanes <= columns; j += kVectors * lanes) {
    sum_columns<kRows, kVectors>(d, a, k, b + j, stride, out + j, columns);
  }
  for (; j < columns; ++j) {
    sum_columns<kRows, 1>(OneFloat(), a, k, b + j, stride, out + j, columns);
  }
}

// Columns [begin, end) of all rows: out is [rows, end - begin]. a: [rows,K] f32.
void few_rows_range(const ops::Matmul& args, const float* a, int64_t begin, int64_t end,
                    float* out) {
  const int64_t rows = args.a.dim(0), k = args.b.dim(0), stride = args.b.dim(1);
  const int64_t columns = end - begin;
  with_float_type("matmul", args.b.dtype(), [&](auto type) {
    const auto* b = args.b.data<decltype(type)>() + begin;
    int64_t r = 0;
    for (; r + 4 <= rows; r += 4) sum_rows<4>(a + r * k, k, b, stride, columns, out + r * columns);
    for (; r < rows; ++r) sum_rows<1>(a + r * k, k, b, stride, columns, out + r * columns);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <vector>

#include "backends/cpu/sums.h"

namespace fundi::cpu {
HWY_EXPORT(few_rows_range);

namespace {

constexpr int64_t kMaxRows = 8;
constexpr int64_t kColumns = 512;  // of one task

struct Task {
  const ops::Matmul* args;
  int64_t begin, end;  // columns
};

void run(const Task& task) {
  const ops::Matmul& args = *task.args;
  const Tensor a = args.a.dtype() == DType::kF32 ? args.a : args.a.to_f32();
  float sums[kMaxRows * kColumns];
  HWY_DYNAMIC_DISPATCH(few_rows_range)(args, a.data<float>(), task.begin, task.end, sums);
  write_sums(args, {.data = sums,
                    .leading = task.end - task.begin,
                    .row = 0,
                    .rows = args.c.dim(0),
                    .column = task.begin,
                    .columns = task.end - task.begin});
}

}  // namespace

bool few_rows_applies(const ops::Matmul& args) {
  return !args.transpose_a && !args.transpose_b && args.a.dim(0) <= kMaxRows;
}

void few_rows_products(std::span<const ops::Matmul> products) {
  std::vector<Task> tasks;
  for (const ops::Matmul& args : products) {
    const int64_t columns = args.c.dim(1);
    for (int64_t begin = 0; begin < columns; begin += kColumns) {
      tasks.push_back({&args, begin, std::min(columns, begin + kColumns)});
    }
  }
  parallel_each(static_cast<int64_t>(tasks.size()),
                [&](int64_t i) { run(tasks[static_cast<size_t>(i)]); });
}

}  // namespace fundi::cpu
#endif
