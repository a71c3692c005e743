#include "backends/cpu/sums.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/sums.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// One row of sums, to which the bias may be added at `bias` and what c holds.
template <typename C, typename Bias>
void write_row(const float* sums, const Bias* bias, bool accumulate, C* c, int64_t n) {
  for_each_vector(n, [=](auto d, int64_t i) HWY_ATTR {
    auto value = load(d, sums + i);
    if (bias != nullptr) value = hn::Add(value, load(d, bias + i));
    if (accumulate) value = hn::Add(value, load(d, c + i));
    store(d, value, c + i);
  });
}

void write(const ops::Matmul& args, const Sums& sums) {
  const DType bias_dtype = args.bias.defined() ? args.bias.dtype() : DType::kF32;
  with_float_type("matmul", args.c.dtype(), [&](auto c_type) {
    with_float_type("matmul", bias_dtype, [&](auto bias_type) {
      using C = decltype(c_type);
      using Bias = decltype(bias_type);
      const Bias* bias = args.bias.defined() ? args.bias.data<Bias>() + sums.column : nullptr;
      for (int64_t r = 0; r < sums.rows; ++r) {
        C* c = args.c.data<C>() + (sums.row + r) * args.c.dim(1) + sums.column;
        write_row(sums.data + r * sums.leading, bias, args.accumulate, c, sums.columns);
      }
    });
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(write);

void write_sums(const ops::Matmul& args, const Sums& sums) {
  HWY_DYNAMIC_DISPATCH(write)(args, sums);
}

}  // namespace fundi::cpu
#endif
