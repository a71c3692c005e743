#include "ops/embedding.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/embedding.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Columns [begin, end) of every row, in row order.
template <typename G, typename T>
void scatter_columns(const ops::EmbeddingBackward& args, int64_t begin, int64_t end) {
  const int64_t channels = args.dweight.dim(1);
  const int32_t* ids = args.ids.data<int32_t>();
  for (int64_t n = 0; n < args.ids.elements(); ++n) {
    const T* dy = args.dy.data<T>() + n * channels + begin;
    G* out = args.dweight.data<G>() + ids[n] * channels + begin;
    for_each_vector(end - begin, [=](auto d, int64_t i) HWY_ATTR {
      store(d, hn::Add(load(d, out + i), load(d, dy + i)), out + i);
    });
  }
}

void scatter(const ops::EmbeddingBackward& args, int64_t begin, int64_t end) {
  with_float_type("embedding_backward", args.dweight.dtype(), [&](auto g) {
    with_float_type("embedding_backward", args.dy.dtype(),
                    [&](auto t) { scatter_columns<decltype(g), decltype(t)>(args, begin, end); });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(scatter);

void embedding_forward(const ops::EmbeddingForward& args, Stream&) {
  const int64_t channels = args.weight.dim(1);
  const int32_t* ids = args.ids.data<int32_t>();
  const auto* weight = static_cast<const std::byte*>(args.weight.raw());
  auto* y = static_cast<std::byte*>(args.y.raw());
  const auto weight_row = static_cast<int64_t>(byte_size(args.weight.dtype(), channels));
  const auto y_row = static_cast<int64_t>(byte_size(args.y.dtype(), channels));
  parallel_ranges(args.ids.elements(), [&](int64_t begin, int64_t end, int) {
    for (int64_t n = begin; n < end; ++n) {
      convert_elements(weight + ids[n] * weight_row, args.weight.dtype(), y + n * y_row,
                       args.y.dtype(), channels);
    }
  });
}

void embedding_backward(const ops::EmbeddingBackward& args, Stream&) {
  parallel_ranges(
      args.dweight.dim(1),
      [&](int64_t begin, int64_t end, int) {
        HWY_DYNAMIC_DISPATCH(scatter)
        (args, begin, end);
      },
      64);
}

}  // namespace fundi::cpu
#endif
