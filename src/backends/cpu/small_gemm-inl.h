// A matrix product for operands that fit the caches, inlined into kernels such as attention.
#if defined(FUNDI_BACKENDS_CPU_SMALL_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_SMALL_GEMM_INL_H_
#undef FUNDI_BACKENDS_CPU_SMALL_GEMM_INL_H_
#else
#define FUNDI_BACKENDS_CPU_SMALL_GEMM_INL_H_
#endif

#include "backends/cpu/product_unit.h"
#include "backends/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Panels are read and rows of results written in whole vectors, so memory is padded to this many
// elements, and vectors are no longer.
constexpr int64_t kPad = 16;
// Columns of a panel.
constexpr int64_t kPanel = 64;

// c[m,n] (+)= a[m,k] b[k,n], summed in f32; k counts units (see product_unit.h).
//   a: read unit by unit with any strides, so that a transpose costs nothing
//   b: panels of kPanel columns, b_panel units apart; in a panel the kPanel units of one k follow
//      those of the one before. Units up to the next multiple of kPad columns are read.
//   c: f32 rows c_row apart; up to kPad - 1 elements beyond n are written
template <typename Unit>
struct SmallGemm {
  const Unit* a;
  int64_t a_row, a_column;
  const Unit* b;
  int64_t b_panel;
  float* c;
  int64_t c_row;
  int64_t m, n, k;
  bool accumulate;
};

// Rows x vectors of registers: with 32 registers 6 x 4 accumulators leave room for b and a; with 16
// (AVX2, NEON has 32 of half the width) 4 x 2 do.
#if HWY_TARGET <= HWY_AVX3
constexpr int kTileRows = 6, kTileVectors = 4;
constexpr bool kHasPairs = true;
#else
constexpr int kTileRows = 4, kTileVectors = 2;
constexpr bool kHasPairs = false;
#endif

using Tile = hn::CappedTag<float, kPad>;
using TileBits = hn::RebindToUnsigned<Tile>;

HWY_INLINE Vec<Tile> load_units(const float* p) { return hn::LoadU(Tile(), p); }
HWY_INLINE Vec<TileBits> load_units(const Bf16Pair* p) { return hn::LoadU(TileBits(), &p->bits); }
HWY_INLINE Vec<Tile> broadcast(float x) { return hn::Set(Tile(), x); }
HWY_INLINE Vec<TileBits> broadcast(Bf16Pair x) { return hn::Set(TileBits(), x.bits); }
HWY_INLINE Vec<Tile> multiply_add(Vec<Tile> a, Vec<Tile> b, Vec<Tile> sum) {
  return hn::MulAdd(a, b, sum);
}
#if HWY_TARGET <= HWY_AVX3
// Not an intrinsic: that could be inlined only into functions compiled for AVX512_BF16, for which
// this version of Highway has no target. The caller asks multiplies_bf16_pairs().
HWY_INLINE Vec<Tile> multiply_add(Vec<TileBits> a, Vec<TileBits> b, Vec<Tile> sum) {
  asm("vdpbf16ps %2, %1, %0" : "+v"(sum.raw) : "v"(a.raw), "v"(b.raw));
  return sum;
}
#endif

template <int kRows, int kVectors, typename Unit>
HWY_INLINE void gemm_tile(const SmallGemm<Unit>& g, int64_t i, int64_t j) {
  const Tile d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Vec<Tile> sums[kRows][kVectors];
  // Copies, which stores to c do not make the compiler read again.
  const int64_t a_row = g.a_row, a_column = g.a_column, c_row = g.c_row, depth = g.k;
  float* c = g.c + i * c_row + j;
  const bool accumulate = g.accumulate;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = accumulate ? load(d, c + r * c_row + v * lanes) : hn::Zero(d);
    }
  }
  const Unit* a = g.a + i * a_row;
  const Unit* b = g.b + j / kPanel * g.b_panel + j % kPanel;
  for (int64_t k = 0; k < depth; ++k, a += a_column, b += kPanel) {
    decltype(load_units(b)) columns[kVectors];
    for (int v = 0; v < kVectors; ++v) columns[v] = load_units(b + v * lanes);
    for (int r = 0; r < kRows; ++r) {
      const auto x = broadcast(a[r * a_row]);
      for (int v = 0; v < kVectors; ++v) sums[r][v] = multiply_add(x, columns[v], sums[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) store(d, sums[r][v], c + r * c_row + v * lanes);
  }
}

// The last rows, fewer than kTileRows, as one tile.
template <int kRows, int kVectors, typename Unit>
HWY_INLINE void gemm_last_rows(const SmallGemm<Unit>& g, int64_t i, int64_t j) {
  if constexpr (kRows > 0) {
    if (g.m - i == kRows) return gemm_tile<kRows, kVectors>(g, i, j);
    gemm_last_rows<kRows - 1, kVectors>(g, i, j);
  }
}

template <int kVectors, typename Unit>
HWY_INLINE void gemm_columns(const SmallGemm<Unit>& g, int64_t j) {
  int64_t i = 0;
  for (; i + kTileRows <= g.m; i += kTileRows) gemm_tile<kTileRows, kVectors>(g, i, j);
  gemm_last_rows<kTileRows - 1, kVectors>(g, i, j);
}

template <typename Unit>
void small_gemm(const SmallGemm<Unit>& g) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Tile()));
  int64_t j = 0;
  for (; j + kTileVectors * lanes <= g.n; j += kTileVectors * lanes) {
    gemm_columns<kTileVectors>(g, j);
  }
  for (; j < g.n; j += lanes) gemm_columns<1>(g, j);
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
