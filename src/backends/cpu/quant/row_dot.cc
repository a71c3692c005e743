#include "backends/cpu/quant/row_dot.h"

#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/quant/row_dot.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/quant/vnni.h"
#if HWY_TARGET != HWY_SCALAR
#include "backends/cpu/quant/dot-inl.h"
#include "backends/cpu/quant/types-inl.h"
#endif

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

RowDots kernel(DType /*dtype*/) { return nullptr; }

#else

// Sums of kRows rows along one row of the weight. Several chains hide the latency of additions.
template <int kRows>
struct Totals {
  static constexpr int kChains = kRows == 1 ? 4 : kRows == 2 ? 2 : 1;
  Vec<QuadFloats> products[kRows][kChains];
  Vec<QuadFloats> offsets[kRows];
};

// The scales of a chunk, alone and times those of the activations.
template <int kRows>
struct ChunkScales {
  BlockScales weight;
  alignas(64) float scaled[kRows][16];
};

template <class T, int kRows>
HWY_INLINE void prepare(const typename T::Block* chunk, int groups, const ActivationChunk* a,
                        ChunkScales<kRows>& out) {
  const QuadFloats d;
  if (groups == kSuperBlock / kBlock) {
    T::scales(chunk, kSuperBlock / kBlock, out.weight);
  } else {
    T::scales(chunk, groups, out.weight);
  }
  for (int r = 0; r < kRows; ++r) {
    const float* a_scale = T::kScaleGroup < kBlock ? a[r].half_scale : a[r].scale;
    for (size_t i = 0; i < kSuperBlock / T::kScaleGroup; i += hn::Lanes(d)) {
      const auto scale = hn::Load(d, out.weight.scale + i);
      hn::Store(hn::Mul(scale, hn::LoadU(d, a_scale + i)), d, out.scaled[r] + i);
    }
  }
}

// Adds the products of kVector elements.
template <class T, class Dot, int kRows, int kAt>
HWY_INLINE void add_vector(const typename T::Block* chunk, const ActivationChunk* a,
                           const ChunkScales<kRows>& scales, Totals<kRows>& totals) {
  const QuadFloats d;
  constexpr int kScale = kAt / T::kScaleGroup, kChain = kAt / kVector % Totals<kRows>::kChains;
  const auto u = T::template bytes<kAt>(chunk);
  for (int r = 0; r < kRows; ++r) {
    auto scale = hn::Set(d, scales.scaled[r][kScale]);
    if constexpr (T::kScaleGroup < kVector) {
      scale = hn::ConcatLowerLower(d, hn::Set(d, scales.scaled[r][kScale + 1]), scale);
    }
    const auto s = hn::LoadU(SignedBytes(), a[r].q + kAt);
    const auto products = hn::ConvertTo(d, Dot::template dot<T::kSmall>(u, s));
    auto& total = totals.products[r][kChain];
    total = hn::MulAdd(products, scale, total);
  }
}

// Adds the first `groups` groups of a chunk. What the offsets contribute is kept apart: the sum of
// offset * sum, or of scale * sum, which is multiplied by the centre in the end.
template <class T, class Dot, int kRows, int... kVectors>
HWY_INLINE void add_chunk(const typename T::Block* chunk, int groups, const ActivationChunk* a,
                          const ChunkScales<kRows>& scales, Totals<kRows>& totals,
                          std::integer_sequence<int, kVectors...>) {
  const QuadFloats d;
  ((kVectors * kVector < groups * kBlock
        ? add_vector<T, Dot, kRows, kVectors * kVector>(chunk, a, scales, totals)
        : void()),
   ...);
  for (int r = 0; r < kRows; ++r) {
    const float* a_sum = T::kScaleGroup < kBlock ? a[r].half_sum : a[r].sum;
    for (size_t i = 0; i < kSuperBlock / T::kScaleGroup; i += hn::Lanes(d)) {
      const auto offset =
          hn::Load(d, (T::kHasOffset ? scales.weight.offset : scales.weight.scale) + i);
      totals.offsets[r] = hn::MulAdd(offset, hn::LoadU(d, a_sum + i), totals.offsets[r]);
    }
  }
}

template <class T, int kRows>
HWY_INLINE void write_totals(const Totals<kRows>& totals, float* out, int64_t leading) {
  const QuadFloats d;
  for (int r = 0; r < kRows; ++r) {
    auto total = totals.products[r][0];
    for (int c = 1; c < Totals<kRows>::kChains; ++c) {
      total = hn::Add(total, totals.products[r][c]);
    }
    const auto factor = hn::Set(d, T::kHasOffset ? 1.0f : -static_cast<float>(T::kCentre));
    total = hn::MulAdd(totals.offsets[r], factor, total);
    out[r * leading] = hn::GetLane(hn::SumOfLanes(d, total));
  }
}

// Rows [begin, end) of the weight. Their chunks follow one another in memory, and the scales of the
// next are computed before the products of this one: they take a long chain of instructions.
template <class T, class Dot, int kRows>
void dot_rows(const typename T::Block* weight, int64_t k, const ActivationChunk* a,
              int64_t a_leading, int64_t begin, int64_t end, float* out, int64_t out_leading) {
  constexpr int kGroups = kSuperBlock / kBlock;
  constexpr std::make_integer_sequence<int, kSuperBlock / kVector> kVectors;
  const int64_t chunks = chunks_of_row(k);
  const int last_groups = static_cast<int>((k - (chunks - 1) * kSuperBlock) / kBlock);
  ChunkScales<kRows> scales[2];
  const auto* chunk = weight + begin * (k / T::kElements);
  const auto groups_of = [&](int64_t c) {
    return T::kElements < kSuperBlock && c + 1 == chunks ? last_groups : kGroups;
  };
  prepare<T>(chunk, groups_of(0), a, scales[0]);
  int parity = 0;
  for (int64_t n = begin; n < end; ++n) {
    Totals<kRows> totals;
    for (int r = 0; r < kRows; ++r) {
      totals.offsets[r] = hn::Zero(QuadFloats());
      for (auto& total : totals.products[r]) total = hn::Zero(QuadFloats());
    }
    for (int64_t c = 0; c < chunks; ++c) {
      const int groups = groups_of(c);
      const int64_t next = c + 1 < chunks ? c + 1 : 0;
      const auto* next_chunk = chunk + groups * kBlock / T::kElements;
      if (next > 0 || n + 1 < end) {
        prepare<T>(next_chunk, groups_of(next), a + next * a_leading, scales[1 - parity]);
      }
      if (groups == kGroups) {
        add_chunk<T, Dot>(chunk, kGroups, a + c * a_leading, scales[parity], totals, kVectors);
      } else {
        add_chunk<T, Dot>(chunk, groups, a + c * a_leading, scales[parity], totals, kVectors);
      }
      chunk = next_chunk;
      parity = 1 - parity;
    }
    write_totals<T>(totals, out + (n - begin), out_leading);
  }
}

template <class T, class Dot>
void dots(const void* weight, int64_t k, const ActivationChunk* a, int64_t rows, int64_t begin,
          int64_t end, float* out) {
  const auto* blocks = static_cast<const typename T::Block*>(weight);
  const int64_t width = end - begin;
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    dot_rows<T, Dot, 4>(blocks, k, a + r, rows, begin, end, out + r * width, width);
  }
  for (; r + 2 <= rows; r += 2) {
    dot_rows<T, Dot, 2>(blocks, k, a + r, rows, begin, end, out + r * width, width);
  }
  if (r < rows) dot_rows<T, Dot, 1>(blocks, k, a + r, rows, begin, end, out + r * width, width);
}

RowDots kernel(DType dtype) {
  return with_block_type(dtype, [](auto type) -> RowDots {
#if HWY_TARGET == HWY_AVX3
    if (has_vnni()) return dots<decltype(type), VnniDot>;
#endif
    return dots<decltype(type), WideningDot>;
  });
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(kernel);

RowDots row_dots(DType dtype) { return HWY_DYNAMIC_DISPATCH(kernel)(dtype); }

}  // namespace fundi::cpu
#endif
