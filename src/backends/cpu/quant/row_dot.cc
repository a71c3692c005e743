#include "backends/cpu/quant/row_dot.h"

#include <type_traits>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/quant/row_dot.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/quant/support.h"
#if HWY_TARGET != HWY_SCALAR
#include "backends/cpu/quant/four_rows-inl.h"
#include "backends/cpu/quant/prefetch-inl.h"
#include "backends/cpu/quant/simple_dot-inl.h"
#include "backends/cpu/quant/super_dot-inl.h"
#include "backends/cpu/quant/types-inl.h"
#endif

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

RowDots kernel(DType /*dtype*/) { return nullptr; }

#else

// A method multiplies chunks of the weight with chunks of rows of a. It has
//   BlockNumbers, load(weight, groups, block)   what is decoded once for all rows of a
//   Scales, prepare(block, a, scales, offsets)  what is computed for one row; returns `offsets`
//   with
//                                               the offsets times the sums of a, kOffsetFactor
//                                               excepted
//   add(weight, groups, a, scales, totals, rows)   adds the products of `rows` to their totals
// The result of a row is the sum of the lanes of total + kOffsetFactor * offsets.
template <class T, class Dot>
using Method =
    std::conditional_t<T::kElements == kSuperBlock, SuperDot<T, Dot>, SimpleDot<T, Dot> >;

// Chunks that are prepared before their products: preparing is a long chain of instructions, which
// would otherwise stand between the products of one chunk and the next.
constexpr int64_t kSpan = 16;

// Some chunks of a row of the weight and of rows of a.
template <class T>
struct Span {
  const typename T::Block* weight;
  const ActivationChunk* a;
  int64_t leading;  // chunks of a from one to the next
  int64_t groups;   // of 32

  HWY_INLINE void next_chunk() {
    weight += blocks_of_chunk<T>();
    a += leading;
    groups -= kChunkGroups;
  }
};

template <class M, int kRows>
struct Prepared {
  typename M::Scales scales[kSpan][kRows];
  alignas(32) float offsets[kRows][hn::MaxLanes(ChunkFloats())];
};

template <class M, int... kRows, class T>
HWY_INLINE void prepare_chunk(const Span<T>& span, int groups,
                              typename M::Scales (&scales)[sizeof...(kRows)],
                              Vec<ChunkFloats> (&offsets)[sizeof...(kRows)]) {
  typename M::BlockNumbers block;
  M::load(span.weight, groups, block);
  ((offsets[kRows] = M::prepare(block, span.a[kRows], scales[kRows], offsets[kRows])), ...);
}

template <class M, class T, int... kRows>
HWY_INLINE void prepare(Span<T> span, Prepared<M, sizeof...(kRows)>& out,
                        std::integer_sequence<int, kRows...>) {
  const ChunkFloats d;
  Vec<ChunkFloats> offsets[] = {hn::Set(d, 0.0f * kRows)...};
  auto* scales = out.scales;
  for (; span.groups >= kChunkGroups; span.next_chunk()) {
    prepare_chunk<M, kRows...>(span, kChunkGroups, *scales++, offsets);
  }
  if (T::kElements < kSuperBlock && span.groups > 0) {
    prepare_chunk<M, kRows...>(span, static_cast<int>(span.groups), *scales, offsets);
  }
  (hn::Store(offsets[kRows], d, out.offsets[kRows]), ...);
}

template <class M, class T, int... kRows>
HWY_INLINE void add(Span<T> span, const Prepared<M, sizeof...(kRows)>& ready, bool fetches,
                    Vec<QuadFloats> (&totals)[sizeof...(kRows)],
                    std::integer_sequence<int, kRows...> rows) {
  const auto* scales = ready.scales;
  for (; span.groups >= kChunkGroups; span.next_chunk()) {
    if (fetches) fetch_ahead<T>(span.weight);
    M::add(span.weight, kChunkGroups, span.a, *scales++, totals, rows);
  }
  if (T::kElements < kSuperBlock && span.groups > 0) {
    M::add(span.weight, static_cast<int>(span.groups), span.a, *scales, totals, rows);
  }
}

#if HWY_TARGET == HWY_AVX3
HWY_INLINE Vec<ChunkFloats> fold(Vec<QuadFloats> v) {
  const ChunkFloats d;
  return hn::Add(hn::LowerHalf(d, v), hn::UpperHalf(d, v));
}
#else
HWY_INLINE Vec<ChunkFloats> fold(Vec<QuadFloats> v) { return v; }
#endif

HWY_INLINE float sum_lanes(Vec<QuadFloats> total, Vec<ChunkFloats> offsets, float factor) {
  const ChunkFloats d;
  return hn::GetLane(hn::SumOfLanes(d, hn::MulAdd(offsets, hn::Set(d, factor), fold(total))));
}

// kRows rows of a, of args.rows that stand side by side. The spans of the weight follow one another
// in memory.
template <class T, class Dot, int... kRows>
void dot_rows(const RowDotArgs& args, const ActivationChunk* a, float* out,
              std::integer_sequence<int, kRows...> rows) {
  using M = Method<T, Dot>;
  const QuadFloats d;
  const bool fetches = T::kElements == kSuperBlock || fetches_small_blocks();
  const int64_t groups_of_row = args.k / kBlock, width = args.end - args.begin;
  const auto* weight = static_cast<const typename T::Block*>(args.weight);
  const auto span_of = [&](int64_t row, int64_t group) {
    return Span<T>{weight + (row * args.k + group * kBlock) / T::kElements,
                   a + group / kChunkGroups * args.rows, args.rows,
                   std::min(kSpan * kChunkGroups, groups_of_row - group)};
  };
  Prepared<M, sizeof...(kRows)> prepared[2];
  Span<T> next = span_of(args.begin, 0);
  prepare<M>(next, prepared[0], rows);
  int parity = 0;
  for (int64_t n = args.begin; n < args.end; ++n) {
    Vec<QuadFloats> totals[] = {hn::Set(d, 0.0f * kRows)...};
    Vec<ChunkFloats> offsets[] = {hn::Set(ChunkFloats(), 0.0f * kRows)...};
    for (int64_t group = 0; group < groups_of_row;) {
      const Span<T> span = next;
      const auto& ready = prepared[parity];
      group += span.groups;
      parity = 1 - parity;
      if (group < groups_of_row || n + 1 < args.end) {
        next = group < groups_of_row ? span_of(n, group) : span_of(n + 1, 0);
        prepare<M>(next, prepared[parity], rows);
      }
      add<M>(span, ready, fetches, totals, rows);
      ((offsets[kRows] = hn::Add(offsets[kRows], hn::Load(ChunkFloats(), ready.offsets[kRows]))),
       ...);
    }
    ((out[kRows * width + n - args.begin] =
          sum_lanes(totals[kRows], offsets[kRows], M::kOffsetFactor)),
     ...);
  }
}

// Whether one row of a meets four of the weight at a time.
#if HWY_TARGET == HWY_AVX3
template <class T, class Dot>
constexpr bool kFourRows = T::kElements == kSuperBlock&& std::is_same_v<Dot, VnniDot>;
#else
template <class T, class Dot>
constexpr bool kFourRows = false;
#endif

template <class T, class Dot>
void dots(const RowDotArgs& args) {
  const auto some = [&](int64_t row, auto rows) {
    dot_rows<T, Dot>(args, args.a + row, args.out + row * (args.end - args.begin), rows);
  };
  int64_t row = 0;
  for (; row + 4 <= args.rows; row += 4) some(row, std::make_integer_sequence<int, 4>());
  for (; row + 2 <= args.rows; row += 2) some(row, std::make_integer_sequence<int, 2>());
  if (row == args.rows) return;
  if constexpr (kFourRows<T, Dot>) {
    for (int64_t n = args.begin; n < args.end; n += 4) {
      dot_four_rows<T>(args, args.a + row, n,
                       args.out + row * (args.end - args.begin) + n - args.begin);
    }
  } else {
    some(row, std::make_integer_sequence<int, 1>());
  }
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
