#include "ops/scale.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/scale.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

template <typename X, typename Y>
void scale_elements(const X* x, Y* y, int64_t n, float factor, bool accumulate) {
  for_each_vector(n, [=](auto d, int64_t i) HWY_ATTR {
    auto v = hn::Mul(load(d, x + i), hn::Set(d, factor));
    if (accumulate) v = hn::Add(v, load(d, y + i));
    store(d, v, y + i);
  });
}

void scale_range(const ops::Scale& args, int64_t begin, int64_t end) {
  with_float_type("scale", args.x.dtype(), [&](auto x) {
    with_float_type("scale", args.y.dtype(), [&](auto y) {
      scale_elements(args.x.data<decltype(x)>() + begin, args.y.data<decltype(y)>() + begin,
                     end - begin, args.factor, args.accumulate);
    });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(scale_range);

void scale(const ops::Scale& args, Stream&) {
  parallel_ranges(
      args.x.elements(),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(scale_range)
        (args, begin, end);
      },
      4096);
}

}  // namespace fundi::cpu
#endif
