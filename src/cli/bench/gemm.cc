#include <fmt/format.h>

#include <array>

#include "backends/cpu/peaks.h"
#include "base/parallel.h"
#include "base/stopwatch.h"
#include "cli/bench/bench.h"
#include "ops/linear.h"

namespace fundi::cli {
namespace {

struct Form {
  const char* name;
  int64_t m, n, k;
  bool transpose_a, transpose_b;
};

// The products of one block of bench_shape() over 4096 tokens, as training calls them.
constexpr std::array<Form, 5> kForms{
    {{"forward 4096x512x512", 4096, 512, 512, false, true},
     {"forward 4096x1408x512", 4096, 1408, 512, false, true},
     {"input gradient 4096x512x1408", 4096, 512, 1408, false, false},
     {"weight gradient 512x1408x4096", 512, 1408, 4096, true, false},
     {"head 1024x8192x512", 1024, 8192, 512, false, true}}};

double form_flops(const Form& form, DType dtype, double seconds, Stream& stream) {
  const Tensor a =
      Tensor::zeros(form.transpose_a ? Shape{form.k, form.m} : Shape{form.m, form.k}, dtype);
  const Tensor b =
      Tensor::zeros(form.transpose_b ? Shape{form.n, form.k} : Shape{form.k, form.n}, dtype);
  const Tensor c = Tensor::zeros({form.m, form.n}, form.transpose_a ? DType::kF32 : dtype);
  const double time = median_seconds(seconds, [&] {
    ops::matmul({.a = a,
                 .b = b,
                 .c = c,
                 .transpose_a = form.transpose_a,
                 .transpose_b = form.transpose_b,
                 .accumulate = form.transpose_a},
                stream);
  });
  return 2.0 * static_cast<double>(form.m * form.n) * static_cast<double>(form.k) / time;
}

}  // namespace

BenchResult bench_gemm(double seconds) {
  BenchResult result;
  Stream stream;
  result.add("threads", thread_count(), std::to_string(thread_count()));
  const double bandwidth = measured_memory_bandwidth();
  result.add("memory_bytes_per_second", bandwidth, fmt::format("{:.1f} GB/s", bandwidth / 1e9));
  for (const DType dtype : {DType::kF32, DType::kBF16}) {
    const std::string type(name(dtype));
    const double peak = measured_matmul_peak(dtype);
    result.add("peak_flops_per_second_" + type, peak, fmt::format("{:.1f} GFLOP/s", peak / 1e9));
    for (const Form& form : kForms) {
      const double flops = form_flops(form, dtype, seconds, stream);
      result.add(fmt::format("{} {}", type, form.name), flops,
                 fmt::format("{:.1f} GFLOP/s  {:.0f}% of peak", flops / 1e9, 100 * flops / peak));
    }
  }
  return result;
}

}  // namespace fundi::cli
