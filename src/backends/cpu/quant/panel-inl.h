// The kernels of panel_product.cc: unpacking and multiplying. Only for AVX-512 with VNNI.
#if defined(FUNDI_BACKENDS_CPU_QUANT_PANEL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_QUANT_PANEL_INL_H_
#undef FUNDI_BACKENDS_CPU_QUANT_PANEL_INL_H_
#else
#define FUNDI_BACKENDS_CPU_QUANT_PANEL_INL_H_
#endif

#include "backends/cpu/quant/activations.h"
#include "backends/cpu/quant/dot-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {
#if HWY_TARGET == HWY_AVX3

constexpr int kPanelColumns = 16;  // rows of b side by side: one a 32-bit lane

// 256 elements of 16 rows of b. x = scale (u - 128) or scale u + offset, with 128 because the
// activations keep the sum that it takes away (ActivationChunk::start).
struct PanelChunk {
  alignas(64) uint8_t bytes[kSuperBlock / 4][kPanelColumns][4];
  float scale[2][8][kPanelColumns];  // as BlockScales
  float offset[8][kPanelColumns];
};

// Writes the transpose of eight rows of eight 32-bit lanes, `stride` lanes from row to row.
template <class V>
HWY_INLINE void store_transposed(const V (&rows)[8], uint32_t* out, int stride) {
  const hn::FixedTag<uint32_t, 8> d;
  const hn::FixedTag<uint64_t, 4> d64;
  V pairs[8], quads[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = hn::InterleaveLower(d, rows[i], rows[i + 1]);
    pairs[i + 1] = hn::InterleaveUpper(d, rows[i], rows[i + 1]);
  }
  for (int i = 0; i < 8; i += 4) {
    for (int j = 0; j < 2; ++j) {
      const auto a = hn::BitCast(d64, pairs[i + j]), b = hn::BitCast(d64, pairs[i + j + 2]);
      quads[i + 2 * j] = hn::BitCast(d, hn::InterleaveLower(d64, a, b));
      quads[i + 2 * j + 1] = hn::BitCast(d, hn::InterleaveUpper(d64, a, b));
    }
  }
  for (int i = 0; i < 4; ++i) {
    hn::Store(hn::ConcatLowerLower(d, quads[i + 4], quads[i]), d, out + i * stride);
    hn::Store(hn::ConcatUpperUpper(d, quads[i + 4], quads[i]), d, out + (i + 4) * stride);
  }
}

// Eight rows of one group of 32.
template <class T, int kGroup>
HWY_INLINE void unpack_group(const typename T::Block* const (&rows)[8], uint8_t* out) {
  const hn::FixedTag<uint32_t, 8> d;
  Vec<hn::FixedTag<uint32_t, 8>> lanes[8];
  for (int i = 0; i < 8; ++i) {
    auto u = T::template bytes<kGroup * kBlock>(rows[i]);
    if constexpr (!T::kHasOffset && T::kCentre != 128) {
      u = hn::Add(u, hn::Set(Part(), static_cast<uint8_t>(128 - T::kCentre)));
    }
    lanes[i] = hn::BitCast(d, u);
  }
  store_transposed(lanes, reinterpret_cast<uint32_t*>(out), kPanelColumns);
}

template <class T, int... kGroups>
HWY_INLINE void unpack_groups(const typename T::Block* const (&rows)[8], int groups, uint8_t* out,
                              std::integer_sequence<int, kGroups...>) {
  ((kGroups < groups ? unpack_group<T, kGroups>(rows, out + kGroups * kBlock * kPanelColumns)
                     : void()),
   ...);
}

// One chunk of 16 rows, the first `groups` groups of it.
template <class T>
void unpack_chunk(const typename T::Block* const* rows, int groups, PanelChunk& out) {
  const hn::FixedTag<uint32_t, 8> d;
  const hn::FixedTag<float, 8> df;
  constexpr int kGroups = kSuperBlock / kBlock;
  for (int half = 0; half < kPanelColumns; half += 8) {
    const typename T::Block* eight[8];
    BlockScales scales[8];
    Vec<hn::FixedTag<uint32_t, 8>> lanes[8];
    for (int i = 0; i < 8; ++i) {
      eight[i] = rows[half + i];
      T::scales(eight[i], groups, scales[i]);
    }
    unpack_groups<T>(eight, groups, &out.bytes[0][half][0],
                     std::make_integer_sequence<int, kGroups>());
    for (int part = 0; part < T::kScales; ++part) {
      for (int i = 0; i < 8; ++i) lanes[i] = hn::BitCast(d, hn::Load(df, scales[i].scale[part]));
      store_transposed(lanes, reinterpret_cast<uint32_t*>(&out.scale[part][0][half]),
                       kPanelColumns);
    }
    if constexpr (T::kHasOffset) {
      for (int i = 0; i < 8; ++i) lanes[i] = hn::BitCast(d, hn::Load(df, scales[i].offset));
      store_transposed(lanes, reinterpret_cast<uint32_t*>(&out.offset[0][half]), kPanelColumns);
    }
  }
}

// c[r][0..16) += a[r] times 16 rows of b, for the rows kRows of a tile of as many and `groups`
// groups of 32, with kParts scales a group. The rows of c are `c_leading` apart. Rows are a list
// and not a loop, because g++ keeps an array in registers only if it never sees a variable index.
template <int kParts, bool kHasOffset, int... kRows>
HWY_INLINE void multiply_rows(const PanelChunk* b, const ActivationChunk* a, int64_t groups,
                              float* c, int64_t c_leading, std::integer_sequence<int, kRows...>) {
  const hn::FixedTag<float, 16> d;
  const hn::FixedTag<int32_t, 16> di;
  constexpr int kCount = sizeof...(kRows), kQuads = kBlock / 4 / kParts;
  Vec<decltype(d)> totals[kCount] = {hn::LoadU(d, c + kRows * c_leading)...};
  for (; groups > 0; groups -= 8, ++b, a += kCount) {
    const int count = static_cast<int>(std::min<int64_t>(groups, 8)) * kParts;
    for (int at = 0; at < count; ++at) {
      const int group = at / kParts, part = at % kParts;
      const auto start = [&](int row) HWY_ATTR {
        if constexpr (kHasOffset) return hn::Zero(di);
        return hn::Set(di, kParts == 2 ? a[row].half_start[part][group] : a[row].start[group]);
      };
      Vec<decltype(di)> sums[kCount] = {start(kRows)...};
      for (int q = at * kQuads; q < (at + 1) * kQuads; ++q) {
        const auto u = hn::Load(hn::FixedTag<uint8_t, 64>(), &b->bytes[q][0][0]);
        (add_quad_products(sums[kRows], u, a[kRows].q + 4 * q), ...);
      }
      const auto scale = hn::Load(d, b->scale[part][group]);
      ((totals[kRows] =
            hn::MulAdd(hn::ConvertTo(d, sums[kRows]),
                       hn::Mul(scale, hn::Set(d, a[kRows].scale[group])), totals[kRows])),
       ...);
      if constexpr (kHasOffset) {
        const auto offset = hn::Load(d, b->offset[group]);
        ((totals[kRows] = hn::MulAdd(offset, hn::Set(d, a[kRows].sum[group]), totals[kRows])), ...);
      }
    }
  }
  (hn::StoreU(totals[kRows], d, c + kRows * c_leading), ...);
}

template <int kParts, bool kHasOffset, int kRows>
void multiply_tile(const PanelChunk* b, const ActivationChunk* a, int64_t groups, float* c,
                   int64_t c_leading) {
  multiply_rows<kParts, kHasOffset>(b, a, groups, c, c_leading,
                                    std::make_integer_sequence<int, kRows>());
}

#endif
}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
