#include "backends/cpu/quant/row_dot.h"

#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/quant/row_dot.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/quant/support.h"
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

constexpr int kGroups = kSuperBlock / kBlock;  // of a chunk
// Chunks whose scales are computed ahead of the products: those take a long chain of instructions,
// which would otherwise stand between the products of one chunk and the next.
constexpr int64_t kSpan = 16;

// Some chunks of a row of the weight and of rows of a.
template <class T>
struct Span {
  const typename T::Block* weight;
  const ActivationChunk* a;
  int64_t leading;  // chunks of a from one to the next
  int64_t groups;   // of 32

  void advance() {
    weight += blocks_of_chunk<T>();
    a += leading;
    groups -= kGroups;
  }
};

// For each chunk and row of a: the scales of the weight times those of a. And what the offsets add
// to the sums: the sum of offset * sum; or of scale * sum, to be multiplied by the centre.
template <class T, int kRows>
struct SpanScales {
  alignas(32) float scaled[kSpan][kRows][T::kScales][kGroups];
  alignas(32) float offsets[kRows][hn::MaxLanes(QuadFloats())];
};

// Of one chunk and one row of a. Returns `offsets` with those of this chunk.
template <class T>
HWY_INLINE Vec<QuadFloats> scale_row(const BlockScales& scales, const ActivationChunk& a,
                                     float (&scaled)[T::kScales][kGroups],
                                     Vec<QuadFloats> offsets) {
  const QuadFloats d;
  for (size_t i = 0; i < kGroups; i += hn::Lanes(d)) {
    for (int part = 0; part < T::kScales; ++part) {
      const auto scale = hn::Load(d, scales.scale[part] + i);
      const auto sum = hn::Load(d, (T::kScales == 2 ? a.half_sum[part] : a.sum) + i);
      hn::Store(hn::Mul(scale, hn::Load(d, a.scale + i)), d, scaled[part] + i);
      if constexpr (!T::kHasOffset) offsets = hn::MulAdd(scale, sum, offsets);
    }
    if constexpr (T::kHasOffset) {
      offsets = hn::MulAdd(hn::Load(d, scales.offset + i), hn::Load(d, a.sum + i), offsets);
    }
  }
  return offsets;
}

template <class T, int... kRows>
HWY_INLINE void prepare(Span<T> span, SpanScales<T, sizeof...(kRows)>& out,
                        std::integer_sequence<int, kRows...>) {
  const QuadFloats d;
  Vec<QuadFloats> offsets[] = {hn::Set(d, 0.0f * kRows)...};
  auto* scaled = out.scaled;
  const auto one_chunk = [&](int groups) HWY_ATTR {
    BlockScales scales;
    T::scales(span.weight, groups, scales);
    ((offsets[kRows] = scale_row<T>(scales, span.a[kRows], (*scaled)[kRows], offsets[kRows])), ...);
    ++scaled;
  };
  for (; span.groups >= kGroups; span.advance()) one_chunk(kGroups);
  if (T::kElements < kSuperBlock && span.groups > 0) one_chunk(static_cast<int>(span.groups));
  (hn::Store(offsets[kRows], d, out.offsets[kRows]), ...);
}

// Lane i of each block of four: the sum of that block of the i-th argument.
HWY_INLINE Vec<Quads> block_sums(Vec<Quads> a, Vec<Quads> b, Vec<Quads> c, Vec<Quads> d) {
  const Quads d32;
  const hn::Repartition<int64_t, Quads> d64;
  const auto ab =
      hn::BitCast(d64, hn::Add(hn::InterleaveLower(d32, a, b), hn::InterleaveUpper(d32, a, b)));
  const auto cd =
      hn::BitCast(d64, hn::Add(hn::InterleaveLower(d32, c, d), hn::InterleaveUpper(d32, c, d)));
  return hn::Add(hn::BitCast(d32, hn::InterleaveLower(d64, ab, cd)),
                 hn::BitCast(d32, hn::InterleaveUpper(d64, ab, cd)));
}

// total + scale times the products of four groups with one row of a: u[i] is the bytes of group i,
// one vector or two (its halves).
template <class T, class Dot>
HWY_INLINE Vec<QuadFloats> add_products(const Vec<Bytes> (&u)[4][kBlock / kVector], const int8_t* a,
                                        const float (&scaled)[T::kScales][kGroups], int first,
                                        Vec<QuadFloats> total) {
  const QuadFloats d;
  const auto dot = [&](int group, int half) HWY_ATTR {
    return Dot::template dot<T::kSmall>(u[group][half],
                                        a + (first + group) * kBlock + half * kVector);
  };
  const auto add = [&](Vec<Quads> sums, Vec<QuadFloats> scale)
                       HWY_ATTR { total = hn::MulAdd(hn::ConvertTo(d, sums), scale, total); };
  if constexpr (kVector == 32) {
    auto scale = hn::LoadDup128(d, scaled[0] + first);
    if constexpr (T::kScales == 2) {
      scale = hn::ConcatLowerLower(d, hn::LoadDup128(d, scaled[1] + first), scale);
    }
    add(block_sums(dot(0, 0), dot(1, 0), dot(2, 0), dot(3, 0)), scale);
  } else if constexpr (T::kScales == 2) {
    for (int half = 0; half < 2; ++half) {
      add(block_sums(dot(0, half), dot(1, half), dot(2, half), dot(3, half)),
          hn::LoadU(d, scaled[half] + first));
    }
  } else {
    const auto both = [&](int group) HWY_ATTR { return hn::Add(dot(group, 0), dot(group, 1)); };
    add(block_sums(both(0), both(1), both(2), both(3)), hn::LoadU(d, scaled[0] + first));
  }
  return total;
}

// The bytes of a group, zeros beyond the first `groups`.
template <class T, int kGroup>
HWY_INLINE void load_group(const typename T::Block* weight, int groups,
                           Vec<Bytes> (&u)[kBlock / kVector]) {
  u[0] = kGroup < groups ? T::template bytes<kGroup * kBlock>(weight) : hn::Zero(Bytes());
  if constexpr (kVector == 16) {
    u[1] = kGroup < groups ? T::template bytes<kGroup * kBlock + 16>(weight) : hn::Zero(Bytes());
  }
}

// Four groups from kFirst on of a chunk.
template <class T, class Dot, int kFirst, int... kRows>
HWY_INLINE void add_groups(const Span<T>& span, int groups,
                           const float (&scaled)[sizeof...(kRows)][T::kScales][kGroups],
                           Vec<QuadFloats> (&totals)[sizeof...(kRows)],
                           std::integer_sequence<int, kRows...>) {
  Vec<Bytes> u[4][kBlock / kVector];
  load_group<T, kFirst>(span.weight, groups, u[0]);
  load_group<T, kFirst + 1>(span.weight, groups, u[1]);
  load_group<T, kFirst + 2>(span.weight, groups, u[2]);
  load_group<T, kFirst + 3>(span.weight, groups, u[3]);
  ((totals[kRows] = add_products<T, Dot>(u, span.a[kRows].q, scaled[kRows], kFirst, totals[kRows])),
   ...);
}

template <class T, class Dot, int... kRows>
HWY_INLINE void add_span(Span<T> span, const SpanScales<T, sizeof...(kRows)>& scales,
                         Vec<QuadFloats> (&totals)[sizeof...(kRows)],
                         std::integer_sequence<int, kRows...> all) {
  const auto* scaled = scales.scaled;
  for (; span.groups >= kGroups; span.advance(), ++scaled) {
    add_groups<T, Dot, 0>(span, kGroups, *scaled, totals, all);
    add_groups<T, Dot, 4>(span, kGroups, *scaled, totals, all);
  }
  if (T::kElements < kSuperBlock && span.groups > 0) {
    const auto groups = static_cast<int>(span.groups);
    add_groups<T, Dot, 0>(span, groups, *scaled, totals, all);
    if (groups > 4) add_groups<T, Dot, 4>(span, groups, *scaled, totals, all);
  }
}

// kRows rows of a, of args.rows that stand side by side. The spans of the weight follow one another
// in memory.
template <class T, class Dot, int... kRows>
void dot_rows(const RowDotArgs& args, const ActivationChunk* a, float* out,
              std::integer_sequence<int, kRows...> all) {
  const QuadFloats d;
  const int64_t groups_of_row = args.k / kBlock, width = args.end - args.begin;
  SpanScales<T, sizeof...(kRows)> scales[2];
  Span<T> next{
      static_cast<const typename T::Block*>(args.weight) + args.begin * (args.k / T::kElements), a,
      args.rows, std::min(kSpan * kGroups, groups_of_row)};
  prepare<T>(next, scales[0], all);
  int parity = 0;
  for (int64_t n = args.begin; n < args.end; ++n) {
    Vec<QuadFloats> totals[] = {hn::Set(d, 0.0f * kRows)...},
                    offsets[] = {hn::Set(d, 0.0f * kRows)...};
    for (int64_t group = 0; group < groups_of_row;) {
      const Span<T> span = next;
      const auto& ready = scales[parity];
      parity = 1 - parity;
      group += span.groups;
      const int64_t from = group < groups_of_row ? group : 0;
      next = {span.weight + span.groups * kBlock / T::kElements, a + from / kGroups * args.rows,
              args.rows, std::min(kSpan * kGroups, groups_of_row - from)};
      if (from > 0 || n + 1 < args.end) prepare<T>(next, scales[parity], all);
      add_span<T, Dot>(span, ready, totals, all);
      ((offsets[kRows] = hn::Add(offsets[kRows], hn::Load(d, ready.offsets[kRows]))), ...);
    }
    const auto factor = hn::Set(d, T::kHasOffset ? 1.0f : -static_cast<float>(T::kCentre));
    ((out[kRows * width + n - args.begin] =
          hn::GetLane(hn::SumOfLanes(d, hn::MulAdd(offsets[kRows], factor, totals[kRows])))),
     ...);
  }
}

template <class T, class Dot>
void dots(const RowDotArgs& args) {
  const auto some = [&](int64_t row, auto rows) {
    dot_rows<T, Dot>(args, args.a + row, args.out + row * (args.end - args.begin), rows);
  };
  int64_t row = 0;
  for (; row + 4 <= args.rows; row += 4) some(row, std::make_integer_sequence<int, 4>());
  for (; row + 2 <= args.rows; row += 2) some(row, std::make_integer_sequence<int, 2>());
  if (row < args.rows) some(row, std::make_integer_sequence<int, 1>());
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
