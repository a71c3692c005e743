// Between rows as they are stored and operands as products take them.
#if defined(FUNDI_BACKENDS_CPU_ATTENTION_PACK_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_ATTENTION_PACK_INL_H_
#undef FUNDI_BACKENDS_CPU_ATTENTION_PACK_INL_H_
#else
#define FUNDI_BACKENDS_CPU_ATTENTION_PACK_INL_H_
#endif

#include <hwy/cache_control.h>

#include <cstring>
#include <type_traits>

#include "backends/cpu/attention_scratch.h"
#include "backends/cpu/attention_task.h"
#include "backends/cpu/dispatch.h"
#include "backends/cpu/small_gemm-inl.h"
#include "tensor/blocks.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Elements [i, i + Lanes(d)) of a stored row, as f32.
template <class D, typename T>
HWY_INLINE Vec<D> load_at(D d, const T* row, int64_t i) {
  return load(d, row + i);
}
template <class D>
HWY_INLINE Vec<D> load_at(D d, const Float16* row, int64_t i) {
  const hn::Rebind<hwy::float16_t, D> d16;
  return hn::PromoteTo(d, hn::LoadU(d16, reinterpret_cast<const hwy::float16_t*>(row + i)));
}
template <class D>
HWY_INLINE Vec<D> load_at(D d, const BlockQ8_0* row, int64_t i) {
  const BlockQ8_0& block = row[i / kBlock];
  const hn::Rebind<int8_t, D> d8;
  const hn::RebindToSigned<D> d32;
  const auto q = hn::PromoteTo(d32, hn::LoadU(d8, block.qs + i % kBlock));
  const float scale = hn::GetLane(load_at(OneFloat(), &block.d, 0));
  return hn::Mul(hn::ConvertTo(d, q), hn::Set(d, scale));
}

// Calls fn(const T*), a null pointer of the type of stored rows.
template <typename Fn>
void with_stored_type(DType dtype, const Fn& fn) {
  switch (dtype) {
    case DType::kF16:
      return fn(static_cast<const Float16*>(nullptr));
    case DType::kQ8_0:
      return fn(static_cast<const BlockQ8_0*>(nullptr));
    default:
      with_float_type("attention", dtype,
                      [&](auto type) { fn(static_cast<const decltype(type)*>(nullptr)); });
  }
}

// bf16 from the upper halves of f32, rounded to nearest, halves away from zero: two operations
// where the nearest even takes seven. No operand here is a NaN that the addition could carry into
// another number: those that arithmetic or bf16 give have no bits below.
template <class D>
HWY_INLINE auto half_rounded(D d, Vec<D> v) {
  const hn::RebindToUnsigned<D> bits;
  return hn::Add(hn::BitCast(bits, v), hn::Set(bits, 0x8000));
}
template <class D>
HWY_INLINE void store_element(D d, Vec<D> v, float* p) {
  store(d, v, p);
}
template <class D>
HWY_INLINE void store_element(D d, Vec<D> v, BFloat16* p) {
  const hn::Rebind<uint16_t, D> d16;
  const auto upper = hn::ShiftRight<16>(half_rounded(d, v));
  hn::StoreU(hn::TruncateTo(d16, upper), d16, reinterpret_cast<uint16_t*>(p));
}
// Units of elements of one or two rows.
template <class D>
HWY_INLINE void store_units(D d, Vec<D> row, Vec<D> /*next*/, float* p) {
  store(d, row, p);
}
template <class D>
HWY_INLINE void store_units(D d, Vec<D> row, Vec<D> next, Bf16Pair* p) {
  const hn::RebindToUnsigned<D> bits;
  const auto low = hn::ShiftRight<16>(half_rounded(d, row));
  const auto high = hn::And(half_rounded(d, next), hn::Set(bits, 0xffff0000U));
  hn::StoreU(hn::Or(low, high), bits, &p->bits);
}

// Asks for row r, which will be touched soon, if it is below `end`: the rows of one head lie too
// far apart for the hardware to foresee.
HWY_INLINE void prefetch_row(const HeadRows& rows, int64_t r, int64_t end) {
  constexpr int64_t kLine = 64;
  if (r >= end) return;
  const std::byte* row = rows.row(r);
  for (int64_t at = 0; at < rows.head_bytes; at += kLine) hwy::Prefetch(row + at);
}
constexpr int64_t kSoon = 16;  // rows ahead

// to[count, to_stride] = rows [begin, begin + count), the rest of each row zero.
template <typename Element>
void copy_rows(const HeadRows& from, int64_t begin, int64_t count, Element* to, int64_t to_stride) {
  with_stored_type(from.dtype, [&](auto* type) {
    using Row = decltype(type);
    for (int64_t r = 0; r < count; ++r) {
      prefetch_row(from, begin + r + kSoon, begin + count);
      const auto* row = reinterpret_cast<Row>(from.row(begin + r));
      Element* target = to + r * to_stride;
      if constexpr (std::is_same_v<Row, const Element*>) {
        std::copy_n(row, from.width, target);
      } else {
        for_each_vector(from.width, [=](auto d, int64_t i) HWY_ATTR {
          store_element(d, load_at(d, row, i), target + i);
        });
      }
      std::fill(target + from.width, target + to_stride, Element(0.0f));
    }
  });
}

// Where the b operands of a product go, one for each of some heads (see SmallGemm for panels).
template <typename Unit>
struct Panels {
  Unit* data;
  int64_t panel;     // units from a panel to the next
  int64_t head = 0;  // and from an operand to the next
};

// Rows as the b operand [count, width] of a product: the summed dimension is the row. The rows of
// `heads` heads alternate, each head's go to an operand of its own: rows
// [begin * heads, (begin + count) * heads) are read in the order in which they lie in memory.
template <typename Unit>
void pack_rows(const HeadRows& from, int64_t begin, int64_t count, int64_t heads,
               const Panels<Unit>& to) {
  constexpr int64_t kTogether = kDepth<Unit>;
  with_stored_type(from.dtype, [&](auto* type) {
    using Row = decltype(type);
    const int64_t end = (begin + count) * heads;
    for (int64_t t = 0; t < count; t += kTogether) {
      for (int64_t h = 0; h < heads; ++h) {
        const int64_t r = (begin + t) * heads + h;
        for (int64_t i = 0; i < kTogether; ++i) prefetch_row(from, r + kSoon + i * heads, end);
        const bool alone = kTogether == 1 || t + 1 == count;
        const auto* row = reinterpret_cast<Row>(from.row(r));
        const auto* next = alone ? nullptr : reinterpret_cast<Row>(from.row(r + heads));
        Unit* target = to.data + h * to.head + t / kTogether * kPanel;
        for (int64_t column = 0; column < from.width; column += kPanel, target += to.panel) {
          for_each_vector(std::min(kPanel, from.width - column), [=](auto d, int64_t i) HWY_ATTR {
            const auto second = alone ? hn::Zero(d) : load_at(d, next, column + i);
            store_units(d, load_at(d, row, column + i), second, target + i);
          });
        }
      }
    }
  });
}

// Four units of each of four rows to four columns of four.
#if HWY_TARGET != HWY_SCALAR
HWY_INLINE void transpose_4x4(const std::byte* const rows[4], uint32_t* to, int64_t to_stride) {
  const hn::CappedTag<uint32_t, 4> d;
  const hn::RepartitionToWide<decltype(d)> d64;
  const auto load4 = [&](int r) HWY_ATTR {
    return hn::LoadU(d, reinterpret_cast<const uint32_t*>(rows[r]));
  };
  const auto r0 = load4(0), r1 = load4(1), r2 = load4(2), r3 = load4(3);
  const auto low01 = hn::BitCast(d64, hn::InterleaveLower(d, r0, r1));
  const auto low23 = hn::BitCast(d64, hn::InterleaveLower(d, r2, r3));
  const auto high01 = hn::BitCast(d64, hn::InterleaveUpper(d, r0, r1));
  const auto high23 = hn::BitCast(d64, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, low01, low23)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, low01, low23)), d, to + to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, high01, high23)), d, to + 2 * to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, high01, high23)), d, to + 3 * to_stride);
}
#endif

// Four rows of units, or nulls for rows of zeros, to four columns kPanel units apart.
template <typename Unit>
HWY_INLINE void transpose_rows(const std::byte* const rows[4], int64_t units, Unit* to) {
  static_assert(sizeof(Unit) == sizeof(uint32_t));
  constexpr int64_t kBytes = sizeof(Unit);
  int64_t u = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; rows[3] != nullptr && u + 4 <= units; u += 4) {
    const std::byte* const at[4] = {rows[0] + u * kBytes, rows[1] + u * kBytes,
                                    rows[2] + u * kBytes, rows[3] + u * kBytes};
    transpose_4x4(at, reinterpret_cast<uint32_t*>(to + u * kPanel), kPanel);
  }
#endif
  for (; u < units; ++u) {
    for (int64_t i = 0; i < 4; ++i) {
      Unit& unit = to[u * kPanel + i] = Unit{};
      if (rows[i] != nullptr) std::memcpy(&unit, rows[i] + u * kBytes, kBytes);
    }
  }
}

// Rows as the transposed b operand [width, count]: the summed dimension is the element of a row;
// heads as in pack_rows. Columns beyond count, up to the next multiple of kPad, are zero.
template <typename Unit>
void pack_columns(HeadRows from, int64_t begin, int64_t count, int64_t heads,
                  const Panels<Unit>& to, Scratch<ElementOf<Unit>>& scratch) {
  using Element = ElementOf<Unit>;
  const int64_t units = units_of<Unit>(from.width), width = units * kDepth<Unit>;
  if (from.dtype != dtype_of<Element>() || from.width != width) {
    Element* rows = scratch.reserve(count * heads * width);
    copy_rows(from, begin * heads, count * heads, rows, width);
    from.data = reinterpret_cast<std::byte*>(rows);
    from.token_bytes = from.head_bytes = width * static_cast<int64_t>(sizeof(Element));
    from.group = 1;
    begin = 0;
  }
  // So many rows at a time fill whole cache lines of a panel.
  constexpr int64_t kTogether = 16;
  const int64_t end = (begin + count) * heads;
  for (int64_t t0 = 0; t0 < count; t0 += kTogether) {
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t t = t0; t < t0 + kTogether; t += 4) {
        const std::byte* rows[4];
        for (int64_t i = 0; i < 4; ++i) {
          const int64_t r = (begin + t + i) * heads + h;
          rows[i] = r < end ? from.row(r) : nullptr;
          prefetch_row(from, r + kSoon * heads, end);
        }
        transpose_rows(rows, units, to.data + h * to.head + t / kPanel * to.panel + t % kPanel);
      }
    }
  }
}

// Rows [begin, begin + count) (+)= from[count, from_stride].
inline void write_rows(const float* from, int64_t from_stride, const HeadRows& to, int64_t begin,
                       int64_t count, bool accumulate) {
  with_float_type("attention", to.dtype, [&](auto type) {
    for (int64_t r = 0; r < count; ++r) {
      const float* source = from + r * from_stride;
      auto* target = reinterpret_cast<decltype(type)*>(to.row(begin + r));
      prefetch_row(to, begin + r + kSoon, begin + count);
      for_each_vector(to.width, [=](auto d, int64_t i) HWY_ATTR {
        auto v = load(d, source + i);
        if (accumulate) v = hn::Add(v, load(d, target + i));
        store(d, v, target + i);
      });
    }
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
