#include "backends/cpu/quant/activations.h"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/quant/activations.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

constexpr int kGroups = kSuperBlock / kBlock;
using GroupFloats = hn::CappedTag<float, 16>;
using GroupInts = hn::RebindToSigned<GroupFloats>;

// Magnitudes as integers: their order is that of the numbers, with NaN above all.
template <typename T>
HWY_INLINE float largest_magnitude(const T* x) {
  const GroupFloats d;
  const GroupInts di;
  auto top = hn::Zero(di);
  for (size_t i = 0; i < kBlock; i += hn::Lanes(d)) {
    const auto bits = hn::And(hn::BitCast(di, load(d, x + i)), hn::Set(di, 0x7fffffff));
    top = hn::Max(top, bits);
  }
  return hn::GetLane(hn::BitCast(d, hn::MaxOfLanes(di, top)));
}

// Writes 16 elements as integers and returns their sum, modulo 2^32: elements that are no numbers
// give any sum, and a scale that is none.
template <typename T>
HWY_INLINE uint32_t quantise_half(const T* x, float inverse, int8_t* q) {
  const GroupFloats d;
  const GroupInts di;
  const hn::Rebind<int8_t, GroupFloats> d8;
  auto sum = hn::Zero(di);
  for (size_t i = 0; i < kBlock / 2; i += hn::Lanes(d)) {
    const auto rounded = hn::NearestInt(hn::Mul(load(d, x + i), hn::Set(d, inverse)));
    sum = hn::Add(sum, rounded);
    hn::StoreU(hn::DemoteTo(d8, rounded), d8, q + i);
  }
  return static_cast<uint32_t>(hn::GetLane(hn::SumOfLanes(di, sum)));
}

// The scales of groups with the largest magnitudes `largest`.
HWY_INLINE void choose_scales(const float* largest, ScaleForm form, ActivationChunk& out) {
  constexpr float kMost = 127.0f;
  float top = 0;
  for (int g = 0; g < kGroups; ++g)
    top = largest[g] > top || largest[g] != largest[g] ? largest[g] : top;
  out.unit = top / (kMost * kMost);
  for (int g = 0; g < kGroups; ++g) {
    out.scale[g] = largest[g] / kMost;
    if (form == ScaleForm::kExact) continue;
    const float ratio = std::ceil(out.scale[g] / out.unit);  // NaN where there is no number
    out.ratio[g] =
        static_cast<int16_t>(std::min(kMost, std::max(largest[g] > 0 ? 1.0f : 0.0f, ratio)));
    out.scale[g] = out.unit * static_cast<float>(out.ratio[g]);
  }
}

template <typename T>
HWY_INLINE void quantise_group(const T* x, int group, ActivationChunk& out) {
  constexpr float kTiny = 1e-32f;  // below, 1 / scale overflows: taken for zero
  const float scale = out.scale[group];
  const float inverse = scale >= kTiny ? 1.0f / scale : 0.0f;
  uint32_t total = 0;
  for (int half = 0; half < 2; ++half) {
    const uint32_t sum =
        quantise_half(x + half * kBlock / 2, inverse, out.q + group * kBlock + half * kBlock / 2);
    out.half_sum[half][group] = scale * static_cast<float>(static_cast<int32_t>(sum));
    out.half_start[half][group] = static_cast<int32_t>(-128u * sum);
    total += sum;
  }
  out.sum[group] = scale * static_cast<float>(static_cast<int32_t>(total));
  out.start[group] = static_cast<int32_t>(-128u * total);
}

// One row; its chunks lie `stride` apart.
template <typename T>
void quantise_row(const T* x, int64_t k, ScaleForm form, ActivationChunk* out, int64_t stride) {
  for (int64_t begin = 0; begin < k; begin += kSuperBlock, out += stride) {
    const auto groups = static_cast<int>(std::min<int64_t>(k - begin, kSuperBlock) / kBlock);
    if (groups < kGroups) *out = ActivationChunk{};
    float largest[kGroups] = {};
    for (int g = 0; g < groups; ++g) largest[g] = largest_magnitude(x + begin + g * kBlock);
    choose_scales(largest, form, *out);
    for (int g = 0; g < groups; ++g) quantise_group(x + begin + g * kBlock, g, *out);
  }
}

void quantise_one(const Tensor& a, ScaleForm form, int64_t row, ActivationChunk* out,
                  int64_t stride) {
  with_float_type("matmul", a.dtype(), [&](auto type) {
    const int64_t k = a.dim(1);
    quantise_row(a.data<decltype(type)>() + row * k, k, form, out, stride);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(quantise_one);

void quantise_rows(const Tensor& a, ScaleForm form, int64_t tile, ActivationChunk* out) {
  const int64_t rows = a.dim(0), chunks = chunks_of_row(a.dim(1));
  const auto quantise = [&](int64_t begin, int64_t end, int) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t first = row / tile * tile;
      const int64_t in_tile = std::min(tile, rows - first);
      HWY_DYNAMIC_DISPATCH(quantise_one)
      (a, form, row, out + first * chunks + (row - first), in_tile);
    }
  };
  constexpr int64_t kGrain = int64_t{1} << 15;  // elements that are worth a thread
  parallel_ranges(rows, quantise, std::max<int64_t>(1, kGrain / std::max<int64_t>(1, a.dim(1))));
}

}  // namespace fundi::cpu
#endif
