#include "ops/parts.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/parts.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Where the part of row n and head h lies.
template <typename T>
struct Part {
  T* data;
  int64_t rows, heads, head_dim;
  bool by_head;
  Part(const Tensor& t, int64_t first, bool heads_first)
      : data(t.data<T>() + first),
        rows(t.dim(heads_first ? 1 : 0)),
        heads(t.dim(heads_first ? 0 : 1)),
        head_dim(t.dim(2)),
        by_head(heads_first) {}
  T* at(int64_t n, int64_t h) const {
    return data + (by_head ? h * rows + n : n * heads + h) * head_dim;
  }
};

// y (+)= the sum over `count` heads of x.
template <typename T>
void copy_row(const Part<T>& x, const Part<T>& y, int64_t n, int64_t x_head, int64_t count,
              int64_t y_head, int64_t width, bool accumulate) {
  T* to = y.at(n, y_head);
  for_each_vector(width, [=](auto d, int64_t i) HWY_ATTR {
    auto sum = load(d, x.at(n, x_head) + i);
    for (int64_t h = 1; h < count; ++h) sum = hn::Add(sum, load(d, x.at(n, x_head + h) + i));
    if (accumulate) sum = hn::Add(sum, load(d, to + i));
    store(d, sum, to + i);
  });
}

void copy_rows(const ops::CopyPart& args, int64_t begin, int64_t end) {
  with_float_type("copy_part", args.x.dtype(), [&](auto type) {
    using T = decltype(type);
    const Part<T> x(args.x, args.x_first, args.x_by_head), y(args.y, args.y_first, args.y_by_head);
    const bool sums = y.heads == 1 && x.heads > 1;
    for (int64_t n = begin; n < end; ++n) {
      for (int64_t h = 0; h < y.heads; ++h) {
        copy_row(x, y, n, sums || x.heads == 1 ? 0 : h, sums ? x.heads : 1, h, args.width,
                 args.accumulate);
      }
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(copy_rows);

void copy_part(const ops::CopyPart& args, Stream&) {
  parallel_ranges(
      args.y.dim(args.y_by_head ? 1 : 0),
      [&](int64_t begin, int64_t end, int) { HWY_DYNAMIC_DISPATCH(copy_rows)
                                             (args, begin, end); },
      4);
}

}  // namespace fundi::cpu
#endif
