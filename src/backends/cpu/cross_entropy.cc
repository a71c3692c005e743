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

void softcap_range(const ops::Softcap& args, int64_t begin, int64_t end) {
  float* logits = args.logits.data<float>();
  const float cap = args.softcap, inverse = 1.0f / cap;
  for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
    const auto t = hn::Tanh(d, hn::Mul(load(d, logits + begin + i), hn::Set(d, inverse)));
    store(d, hn::Mul(t, hn::Set(d, cap)), logits + begin + i);
  });
}

// The slope of the cap where it gave `logit`: 1 - tanh^2.
float cap_slope(float logit, float inverse_cap) {
  const float t = logit * inverse_cap;
  return 1.0f - t * t;
}

// inverse_cap is 0 where logits are not capped. `out` may be the logits.
template <typename T>
void row_gradient(const float* logits, float lse, float scale, float inverse_cap, T* out,
                  int64_t vocab) {
  for_each_vector(vocab, [=](auto d, int64_t i) HWY_ATTR {
    const auto logit = load(d, logits + i);
    const auto p = hn::Exp(d, hn::Sub(logit, hn::Set(d, lse)));
    const auto t = hn::Mul(logit, hn::Set(d, inverse_cap));
    const auto slope = hn::NegMulAdd(t, t, hn::Set(d, 1.0f));
    store(d, hn::Mul(hn::Mul(p, hn::Set(d, scale)), slope), out + i);
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
  const float inverse_cap = args.softcap > 0 ? 1.0f / args.softcap : 0.0f;
  for (int64_t n = begin; n < end; ++n) {
    const float* logits = args.logits.data<float>() + n * vocab;
    const int32_t target = args.targets.data<int32_t>()[n];
    const float lse = row_lse(logits, vocab);
    args.log_probs.data<float>()[n] = logits[target] - lse;
    if (!args.weights.defined()) continue;
    const float weight = args.weights.data<float>()[n];
    const float scale = args.of_log_probs ? -weight : weight;
    const float at_target =
        scale * (std::exp(logits[target] - lse) - 1.0f) * cap_slope(logits[target], inverse_cap);
    with_float_type("cross_entropy_rows", args.dlogits.dtype(), [&](auto type) {
      auto* out = args.dlogits.data<decltype(type)>() + n * vocab;
      row_gradient(logits, lse, scale, inverse_cap, out, vocab);
      out[target] = decltype(type)(at_target);
    });
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(softcap_range);
HWY_EXPORT(cross_entropy_range);

void softcap(const ops::Softcap& args, Stream&) {
  parallel_ranges(
      args.logits.elements(),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(softcap_range)(args, begin, end);
      },
      4096);
}

void cross_entropy_rows(const ops::CrossEntropyRows& args, Stream&) {
  parallel_ranges(args.logits.dim(0), [&](int64_t begin, int64_t end, int) {
    HWY_DYNAMIC_DISPATCH(cross_entropy_range)(args, begin, end);
  });
}

}  // namespace fundi::cpu
#endif
