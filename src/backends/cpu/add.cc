#include "ops/add.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/add.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

template <typename A, typename B, typename Y>
void add_range(const ops::Add& args, int64_t begin, int64_t end) {
  const A* a = args.a.data<A>() + begin;
  const B* b = args.b.data<B>() + begin;
  Y* y = args.y.data<Y>() + begin;
  for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
    store(d, hn::Add(load(d, a + i), load(d, b + i)), y + i);
  });
}

void add_any(const ops::Add& args, int64_t begin, int64_t end) {
  with_float_type("add", args.a.dtype(), [&](auto a) {
    with_float_type("add", args.b.dtype(), [&](auto b) {
      with_float_type("add", args.y.dtype(), [&](auto y) {
        add_range<decltype(a), decltype(b), decltype(y)>(args, begin, end);
      });
    });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(add_any);

void add(const ops::Add& args, Stream&) {
  parallel_ranges(
      args.a.elements(),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(add_any)
        (args, begin, end);
      },
      4096);  // less than that is done before another thread has started
}

}  // namespace fundi::cpu
#endif
