#include <fmt/format.h>

#include <algorithm>

#include "base/parallel.h"
#include "base/stopwatch.h"
#include "cli/bench/bench.h"
#include "ops/linear.h"

namespace fundi::cli {
namespace {

constexpr int64_t kInner = 2048;

// Seconds of a product of `rows` rows with a weight of [columns, kInner].
double product_seconds(DType dtype, int64_t rows, int64_t columns, double budget) {
  Stream stream;
  const Tensor a = Tensor::zeros({rows, kInner}, DType::kF32);
  const Tensor b = Tensor::zeros({columns, kInner}, dtype);
  const Tensor c({rows, columns}, DType::kF32);
  return median_seconds(
      budget, [&] { ops::matmul({.a = a, .b = b, .c = c, .transpose_b = true}, stream); });
}

}  // namespace

BenchResult bench_stored_weights(const std::vector<DType>& types, double seconds) {
  // One row reads more than the caches hold; many rows meet a layer of common size.
  constexpr int64_t kReadBytes = int64_t{192} << 20, kColumns = 2048;
  BenchResult result;
  result.add("threads", thread_count(), std::to_string(thread_count()));
  const double bandwidth = measured_memory_bandwidth(), peak = measured_matmul_peak(DType::kBF16);
  result.add("memory_bytes_per_second", bandwidth, fmt::format("{:.1f} GB/s", bandwidth / 1e9));
  result.add("peak_flops_per_second_bf16", peak, fmt::format("{:.1f} GFLOP/s", peak / 1e9));
  for (const DType dtype : types) {
    const std::string type(name(dtype));
    const auto row_bytes = static_cast<int64_t>(byte_size(dtype, kInner));
    const int64_t columns = kReadBytes / row_bytes;
    const double rate =
        static_cast<double>(columns * row_bytes) / product_seconds(dtype, 1, columns, seconds);
    result.add(
        type + " 1 row, bytes_per_second", rate,
        fmt::format("{:.1f} GB/s  {:.0f}% of the bandwidth", rate / 1e9, 100 * rate / bandwidth));
    for (const int64_t rows : {8, 64, 512}) {
      const double flops = 2.0 * static_cast<double>(rows * kColumns * kInner) /
                           product_seconds(dtype, rows, kColumns, seconds);
      result.add(
          fmt::format("{} {} rows, flops_per_second", type, rows), flops,
          fmt::format("{:.1f} GFLOP/s  {:.0f}% of the bf16 peak", flops / 1e9, 100 * flops / peak));
    }
  }
  return result;
}

}  // namespace fundi::cli
