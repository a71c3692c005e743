#include "ops/optimizer.h"

#include <cmath>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/optimizer.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

template <typename T>
void adamw_range(const ops::AdamW& args, T* param, int64_t begin, int64_t end) {
  float* master = args.master.data<float>() + begin;
  float* m = args.m.data<float>() + begin;
  float* v = args.v.data<float>() + begin;
  float* grad = args.grad.data<float>() + begin;
  if (param != nullptr) param += begin;
  const auto t = static_cast<double>(args.step);
  const auto step_size =
      static_cast<float>(args.learning_rate / (1.0 - std::pow(static_cast<double>(args.beta1), t)));
  const auto inverse_root2 =
      static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(static_cast<double>(args.beta2), t)));
  const float keep = 1.0f - args.learning_rate * args.weight_decay;
  for_each_vector(end - begin, [&](auto d, int64_t i) HWY_ATTR {
    const auto g = hn::Mul(load(d, grad + i), hn::Set(d, args.grad_scale));
    const auto m1 = hn::MulAdd(hn::Set(d, args.beta1), load(d, m + i),
                               hn::Mul(hn::Set(d, 1.0f - args.beta1), g));
    const auto v1 = hn::MulAdd(hn::Set(d, args.beta2), load(d, v + i),
                               hn::Mul(hn::Set(d, 1.0f - args.beta2), hn::Mul(g, g)));
    const auto denominator =
        hn::MulAdd(hn::Sqrt(v1), hn::Set(d, inverse_root2), hn::Set(d, args.eps));
    const auto w = hn::Sub(hn::Mul(load(d, master + i), hn::Set(d, keep)),
                           hn::Mul(hn::Set(d, step_size), hn::Div(m1, denominator)));
    store(d, m1, m + i);
    store(d, v1, v + i);
    store(d, w, master + i);
    store(d, hn::Zero(d), grad + i);
    if (param != nullptr) store(d, w, param + i);
  });
}

void adamw_any(const ops::AdamW& args, int64_t begin, int64_t end) {
  if (!args.param.defined()) return adamw_range<float>(args, nullptr, begin, end);
  with_float_type("adamw", args.param.dtype(), [&](auto type) {
    adamw_range(args, args.param.data<decltype(type)>(), begin, end);
  });
}

double squares(const Tensor& x, int64_t begin, int64_t end) {
  double sum = 0;
  with_float_type("squared_norm", x.dtype(), [&](auto type) {
    const auto* p = x.data<decltype(type)>() + begin;
    sum = static_cast<double>(sum_of(end - begin, [p](auto d, int64_t i) HWY_ATTR {
      const auto v = load(d, p + i);
      return hn::Mul(v, v);
    }));
  });
  return sum;
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(adamw_any);
HWY_EXPORT(squares);

void adamw(const ops::AdamW& args, Stream&) {
  parallel_ranges(
      args.master.elements(),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(adamw_any)
        (args, begin, end);
      },
      64);
}

void squared_norm(const ops::SquaredNorm& args, Stream&) {
  // Blocks of fixed size, summed in order: the bits do not depend on the thread count.
  constexpr int64_t kBlock = 4096;
  const int64_t n = args.x.elements();
  const int64_t blocks = (n + kBlock - 1) / kBlock;
  std::vector<double> sums(static_cast<size_t>(blocks));
  parallel_ranges(blocks, [&](int64_t begin, int64_t end, int) {
    for (int64_t b = begin; b < end; ++b) {
      sums[static_cast<size_t>(b)] =
          HWY_DYNAMIC_DISPATCH(squares)(args.x, b * kBlock, std::min(n, (b + 1) * kBlock));
    }
  });
  double total = 0;
  for (const double sum : sums) total += sum;
  *args.out.data<float>() = static_cast<float>(total);
}

}  // namespace fundi::cpu
#endif
