// A matrix product for operands that fit the caches, inlined into kernels such as attention.
#if defined(FUNDI_BACKENDS_CPU_SMALL_GEMM_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_SMALL_GEMM_INL_H_
#undef FUNDI_BACKENDS_CPU_SMALL_GEMM_INL_H_
#else
#define FUNDI_BACKENDS_CPU_SMALL_GEMM_INL_H_
#endif

#include "backends/cpu/simd-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// c[m,n] (+)= a[m,k] b[k,n] in f32. a is read element by element with any strides (so a transpose
// costs nothing); the rows of b and c are contiguous and padded to a multiple of kPad elements: up
// to kPad - 1 elements beyond n are read from b and written to c.
struct SmallGemm {
  static constexpr int64_t kPad = 16;
  const float* a;
  int64_t a_row, a_column;
  const float* b;
  int64_t b_row;
  float* c;
  int64_t c_row;
  int64_t m, n, k;
  bool accumulate;
};

// Rows x vectors of registers: with 32 registers 6 x 4 accumulators leave room for b and a; with 16
// (AVX2, NEON has 32 of half the width) 4 x 2 do.
#if HWY_TARGET <= HWY_AVX3
constexpr int kTileRows = 6, kTileVectors = 4;
#else
constexpr int kTileRows = 4, kTileVectors = 2;
#endif

template <int kRows, int kVectors>
HWY_INLINE void gemm_tile(const SmallGemm& g, int64_t i, int64_t j) {
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Vec<Floats> sums[kRows][kVectors];
  float* c = g.c + i * g.c_row + j;
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      sums[r][v] = g.accumulate ? load(d, c + r * g.c_row + v * lanes) : hn::Zero(d);
    }
  }
  const float* a = g.a + i * g.a_row;
  const float* b = g.b + j;
  for (int64_t k = 0; k < g.k; ++k, a += g.a_column, b += g.b_row) {
    Vec<Floats> columns[kVectors];
    for (int v = 0; v < kVectors; ++v) columns[v] = load(d, b + v * lanes);
    for (int r = 0; r < kRows; ++r) {
      const auto x = hn::Set(d, a[r * g.a_row]);
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(x, columns[v], sums[r][v]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) store(d, sums[r][v], c + r * g.c_row + v * lanes);
  }
}

template <int kVectors>
HWY_INLINE void gemm_columns(const SmallGemm& g, int64_t j) {
  int64_t i = 0;
  for (; i + kTileRows <= g.m; i += kTileRows) gemm_tile<kTileRows, kVectors>(g, i, j);
  for (; i + 2 <= g.m; i += 2) gemm_tile<2, kVectors>(g, i, j);
  for (; i < g.m; ++i) gemm_tile<1, kVectors>(g, i, j);
}

inline void small_gemm(const SmallGemm& g) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Floats()));
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
