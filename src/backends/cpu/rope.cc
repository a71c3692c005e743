#include "ops/rope.h"

#include <cmath>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/rope.cc"
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
struct RopeRow {
  const T* x;
  T* y;
  const float *cosine, *sine;  // [pairs]; the sine carries the direction
  int64_t first, pairs, head_dim;
  bool accumulate;

  HWY_INLINE void write(int64_t i, float value) const {
    y[i] = T(accumulate ? static_cast<float>(y[i]) + value : value);
  }

  void half() const {
    const bool add = accumulate;
    const T *x1 = x + first, *x2 = x1 + pairs;
    T *y1 = y + first, *y2 = y1 + pairs;
    const float *c = cosine, *s = sine;
    for_each_vector(pairs, [=](auto d, int64_t i) HWY_ATTR {
      const auto a = load(d, x1 + i), b = load(d, x2 + i);
      const auto cos = load(d, c + i), sin = load(d, s + i);
      auto low = hn::Sub(hn::Mul(a, cos), hn::Mul(b, sin));
      auto high = hn::Add(hn::Mul(b, cos), hn::Mul(a, sin));
      if (add) {
        low = hn::Add(low, load(d, y1 + i));
        high = hn::Add(high, load(d, y2 + i));
      }
      store(d, low, y1 + i);
      store(d, high, y2 + i);
    });
  }

  void interleaved() const {
    for (int64_t i = 0; i < pairs; ++i) {
      const int64_t at = first + 2 * i;
      const auto a = static_cast<float>(x[at]), b = static_cast<float>(x[at + 1]);
      write(at, a * cosine[i] - b * sine[i]);
      write(at + 1, b * cosine[i] + a * sine[i]);
    }
  }

  void rest() const {
    if (x == y && !accumulate) return;
    for (int64_t i = 0; i < first; ++i) write(i, static_cast<float>(x[i]));
    for (int64_t i = first + 2 * pairs; i < head_dim; ++i) write(i, static_cast<float>(x[i]));
  }
};

template <typename T>
void rotate_range(const ops::Rope& args, const float* cosine, const float* sine, int64_t begin,
                  int64_t end) {
  const int64_t heads = args.x.dim(1), head_dim = args.x.dim(2);
  const int64_t pairs = args.rotation.frequencies.shape()[-1];
  for (int64_t n = begin; n < end; ++n) {
    for (int64_t h = 0; h < heads; ++h) {
      const int64_t offset = (n * heads + h) * head_dim;
      const RopeRow<T> row{args.x.data<T>() + offset,
                           args.y.data<T>() + offset,
                           cosine + (n - begin) * pairs,
                           sine + (n - begin) * pairs,
                           args.rotation.first,
                           pairs,
                           head_dim,
                           args.accumulate};
      args.rotation.layout == ops::RopeLayout::kHalf ? row.half() : row.interleaved();
      row.rest();
    }
  }
}

// cos and sin of position * frequency. Highway's are exact to 3 ulp up to 39000 radians; positions
// beyond take the library's.
void angles(float position, const float* frequency, float* cosine, float* sine, int64_t pairs) {
  constexpr float kVectorRange = 39000.0f;
  if (position >= kVectorRange) {
    for (int64_t i = 0; i < pairs; ++i) {
      cosine[i] = std::cos(position * frequency[i]);
      sine[i] = std::sin(position * frequency[i]);
    }
    return;
  }
  for_each_vector(pairs, [=](auto d, int64_t i) HWY_ATTR {
    const auto angle = hn::Mul(hn::Set(d, position), load(d, frequency + i));
    store(d, hn::Cos(d, angle), cosine + i);
    store(d, hn::Sin(d, angle), sine + i);
  });
}

void rotate(const ops::Rope& args, const float* cosine, const float* sine, int64_t begin,
            int64_t end) {
  with_float_type("rope", args.x.dtype(),
                  [&](auto type) { rotate_range<decltype(type)>(args, cosine, sine, begin, end); });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(angles);
HWY_EXPORT(rotate);

namespace {

void rotate_rows(const ops::Rope& args, int64_t begin, int64_t end) {
  // Angles a block of rows at a time: they are shared by all heads.
  constexpr int64_t kRows = 64;
  const Tensor& frequencies = args.rotation.frequencies;
  const int64_t pairs = frequencies.shape()[-1];
  const int64_t row_stride = frequencies.shape().rank() == 2 ? pairs : 0;
  const float scale = args.rotation.scale;
  std::vector<float> cosine(static_cast<size_t>(kRows * pairs)), sine(cosine.size());
  for (int64_t block = begin; block < end; block += kRows) {
    const int64_t stop = std::min(end, block + kRows);
    for (int64_t n = block; n < stop; ++n) {
      const auto at = static_cast<size_t>((n - block) * pairs);
      HWY_DYNAMIC_DISPATCH(angles)
      (static_cast<float>(args.positions.data<int32_t>()[n]),
       frequencies.data<float>() + n * row_stride, &cosine[at], &sine[at], pairs);
    }
    if (scale != 1.0f) {
      for (float& value : cosine) value *= scale;
    }
    const float direction = args.inverse ? -scale : scale;
    for (float& value : sine) value *= direction;
    HWY_DYNAMIC_DISPATCH(rotate)(args, cosine.data(), sine.data(), block, stop);
  }
}

}  // namespace

void rope(const ops::Rope& args, Stream&) {
  parallel_ranges(args.x.dim(0),
                  [&](int64_t begin, int64_t end, int) { rotate_rows(args, begin, end); });
}

}  // namespace fundi::cpu
#endif
