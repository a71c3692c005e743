#include "backends/cpu/gemv.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/gemv.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include "backends/cpu/dispatch.h"
#include "backends/cpu/simd-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

// Products of kRows rows of a (f32, already converted) with one row of b. Rows of b follow one
// another in memory, so reading them one by one is a single stream, which is what the hardware
// prefetches best: interleaving four rows of 1 KB ran at half the speed. Several sums along k hide
// the latency.
template <int kRows, typename T>
HWY_INLINE void dot_rows(const float* a, const T* b, int64_t k, float* out, int64_t out_leading) {
  constexpr int kSums = kRows == 1 ? 4 : kRows <= 4 ? 2 : 1;
  const Floats d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  Vec<Floats> sums[kRows][kSums];
  for (auto& row : sums) {
    for (auto& sum : row) sum = hn::Zero(d);
  }
  int64_t i = 0;
  for (; i + kSums * lanes <= k; i += kSums * lanes) {
    for (int s = 0; s < kSums; ++s) {
      const auto w = load(d, b + i + s * lanes);
      for (int r = 0; r < kRows; ++r) {
        sums[r][s] = hn::MulAdd(w, load(d, a + r * k + i + s * lanes), sums[r][s]);
      }
    }
  }
  for (int r = 0; r < kRows; ++r) {
    auto total = sums[r][0];
    for (int s = 1; s < kSums; ++s) total = hn::Add(total, sums[r][s]);
    float sum = hn::GetLane(hn::SumOfLanes(d, total));
    for (int64_t j = i; j < k; ++j) sum += a[r * k + j] * static_cast<float>(b[j]);
    out[r * out_leading] = sum;
  }
}

// kRows rows of a against rows [begin, end) of b; `out` holds [kRows, end - begin].
template <int kRows, typename T>
void columns(const float* a, const T* b, int64_t k, int64_t begin, int64_t end, float* out) {
  for (int64_t n = begin; n < end; ++n) {
    dot_rows<kRows>(a, b + n * k, k, out + (n - begin), end - begin);
  }
}

template <typename T>
void any_rows(const float* a, const T* b, int64_t m, int64_t k, int64_t begin, int64_t end,
              float* out) {
  const int64_t width = end - begin;
  int64_t r = 0;
  for (; r + 8 <= m; r += 8) columns<8>(a + r * k, b, k, begin, end, out + r * width);
  for (; r + 4 <= m; r += 4) columns<4>(a + r * k, b, k, begin, end, out + r * width);
  for (; r < m; ++r) columns<1>(a + r * k, b, k, begin, end, out + r * width);
}

void gemv_range(const ops::Matmul& args, const float* a, int64_t begin, int64_t end, float* out) {
  const int64_t m = args.a.dim(0), k = args.a.dim(1);
  with_weight_type("matmul", args.b.dtype(), [&](auto type) {
    any_rows(a, args.b.data<decltype(type)>(), m, k, begin, end, out);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <vector>

#include "backends/cpu/quant/panel_product.h"
#include "backends/cpu/quant/row_dot.h"
#include "backends/cpu/quant/support.h"
#include "backends/cpu/sums.h"

namespace fundi::cpu {
HWY_EXPORT(gemv_range);

namespace {

constexpr int64_t kMaxRows = 8;
// From here on unpacking a block-quantised b pays, where there is a kernel for that.
constexpr int64_t kPanelRows = 5;

struct alignas(64) Line {
  std::byte bytes[64];
};

// Memory that stays with the thread: decoding asks for the same sizes a hundred times a token.
std::byte* scratch(size_t bytes) {
  thread_local std::vector<Line> memory;
  if (memory.size() * sizeof(Line) < bytes)
    memory.resize((bytes + sizeof(Line) - 1) / sizeof(Line));
  return memory.data()->bytes;
}

struct Product {
  const ops::Matmul* args;
  RowDots row_dots;    // for a block-quantised b
  const std::byte* a;  // f32, or chunks for row_dots
  int64_t begin;       // its first column among those of all products
};

bool same_input(const ops::Matmul& a, const ops::Matmul& b) {
  return is_block_quantised(a.b.dtype()) == is_block_quantised(b.b.dtype()) &&
         scale_form(a.b.dtype()) == scale_form(b.b.dtype()) && a.a.raw() == b.a.raw() &&
         a.a.shape() == b.a.shape();
}

// Whole lines.
size_t bytes_of_input(const ops::Matmul& args) {
  const auto rows = static_cast<size_t>(args.a.dim(0)), k = static_cast<size_t>(args.a.dim(1));
  if (is_block_quantised(args.b.dtype())) {
    return rows * static_cast<size_t>(chunks_of_row(args.a.dim(1))) * sizeof(ActivationChunk);
  }
  return (rows * k * sizeof(float) + sizeof(Line) - 1) / sizeof(Line) * sizeof(Line);
}

// The products side by side, each with its a as the kernel takes it; an a that several share is
// converted once for each form.
std::vector<Product> line_up(std::span<const ops::Matmul> products) {
  size_t bytes = 0;
  for (const ops::Matmul& args : products) bytes += bytes_of_input(args);
  std::byte* free = scratch(bytes);
  std::vector<Product> out;
  int64_t columns = 0;
  for (const ops::Matmul& args : products) {
    const bool quantised = is_block_quantised(args.b.dtype());
    const auto found = std::find_if(out.begin(), out.end(),
                                    [&](const Product& p) { return same_input(*p.args, args); });
    const std::byte* a = free;
    if (found != out.end()) {
      a = found->a;
    } else if (quantised) {
      quantise_rows(args.a, scale_form(args.b.dtype()), args.a.dim(0),
                    reinterpret_cast<ActivationChunk*>(free));
    } else if (args.a.dtype() == DType::kF32) {
      a = static_cast<const std::byte*>(args.a.raw());
    } else {
      convert_elements(args.a.raw(), args.a.dtype(), free, DType::kF32, args.a.elements());
    }
    if (a == free) free += bytes_of_input(args);
    out.push_back({&args, quantised ? row_dots(args.b.dtype()) : nullptr, a, columns});
    columns += args.c.dim(1);
  }
  return out;
}

// Columns [begin, end) of a product.
void run(const Product& product, int64_t begin, int64_t end, float* sums) {
  const ops::Matmul& args = *product.args;
  if (product.row_dots != nullptr) {
    product.row_dots({.weight = args.b.raw(),
                      .k = args.b.dim(1),
                      .a = reinterpret_cast<const ActivationChunk*>(product.a),
                      .rows = args.a.dim(0),
                      .begin = begin,
                      .end = end,
                      .out = sums});
  } else {
    HWY_DYNAMIC_DISPATCH(gemv_range)
    (args, reinterpret_cast<const float*>(product.a), begin, end, sums);
  }
  write_sums(args, {.data = sums,
                    .leading = end - begin,
                    .row = 0,
                    .rows = args.c.dim(0),
                    .column = begin,
                    .columns = end - begin});
}

}  // namespace

bool gemv_applies(const ops::Matmul& args) {
  if (!args.transpose_b || args.transpose_a || args.a.dim(0) > kMaxRows) return false;
  if (!is_block_quantised(args.b.dtype())) return true;
  return row_dots(args.b.dtype()) != nullptr && has_aligned_blocks(args.b) &&
         (args.a.dim(0) < kPanelRows || !panel_product_applies(args));
}

void gemvs(std::span<const ops::Matmul> products) {
  // Columns are taken in blocks small enough for the sums to stay in the first-level cache.
  constexpr int64_t kBlockColumns = 128;
  const std::vector<Product> lined_up = line_up(products);
  const Product& last = lined_up.back();
  parallel_ranges(
      last.begin + last.args->c.dim(1),
      [&](int64_t range_begin, int64_t range_end, int) {
        float sums[kMaxRows * kBlockColumns];
        for (const Product& product : lined_up) {
          const int64_t end = std::min(range_end - product.begin, product.args->c.dim(1));
          for (int64_t begin = std::max<int64_t>(range_begin - product.begin, 0); begin < end;) {
            const int64_t stop = std::min(end, begin + kBlockColumns);
            run(product, begin, stop, sums);
            begin = stop;
          }
        }
      },
      16);
}

}  // namespace fundi::cpu
#endif
