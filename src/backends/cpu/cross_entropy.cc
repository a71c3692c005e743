#include "ops/head.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/cross_entropy.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

template <typename T>
void row_gradient(const float* logits, float lse, float scale, T* out, int64_t vocab) {
  for_each_vector(vocab, [=](auto d, int64_t i) HWY_ATTR {
    const auto p = hn::Exp(d, hn::Sub(load(d, logits + i), hn::Set(d, lse)));
    store(d, hn::Mul(p, hn::Set(d, scale)), out + i);
  });
}

float row_lse(const float* logits, int64_t vocab) {
  const float highest = max_of(logits, vocab);
  const float sum = sum_of(vocab, [=](auto tag, int64_t j) HWY_ATTR {
    return hn::Exp(tag, hn::Sub(load(tag, logits + j), hn::Set(tag, highest)));
  });
  return highest + std::log(sum);
}

void cross_entropy_range(const ops::CrossEntropyRows& args, int64_t begin, int64_t end) {
  const int64_t vocab = args.logits.dim(1);
  for (int64_t n = begin; n < end; ++n) {
    const float* logits = args.logits.data<float>() + n * vocab;
    const int32_t target = args.targets.data<int32_t>()[n];
    const float lse = row_lse(logits, vocab);
    args.log_probs.data<float>()[n] = logits[target] - lse;
    if (!args.weights.defined()) continue;
    const float weight = args.weights.data<float>()[n];
    const float scale = args.of_log_probs ? -weight : weight;
    const float at_target = scale * (std::exp(logits[target] - lse) - 1.0f);
    with_float_type("cross_entropy_rows", args.dlogits.dtype(), [&](auto type) {
      auto* out = args.dlogits.data<decltype(type)>() + n * vocab;
      row_gradient(logits, lse, scale, out, vocab);
      out[target] = decltype(type)(at_target);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(cross_entropy_range);

void cross_entropy_rows(const ops::CrossEntropyRows& args, Stream&) {
  parallel_ranges(args.logits.dim(0), [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(cross_entropy_range)(args, begin, end);
  });
}

}  // namespace fundi::cpu
#endif
