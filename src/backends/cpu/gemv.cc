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
  with_float_type("matmul", args.b.dtype(), [&](auto type) {
    any_rows(a, args.b.data<decltype(type)>(), m, k, begin, end, out);
  });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <utility>
#include <vector>

namespace fundi::cpu {
HWY_EXPORT(gemv_range);

namespace {

constexpr int64_t kMaxRows = 8;

void write_results(const ops::Matmul& args, const float* sums, int64_t begin, int64_t end) {
  const int64_t m = args.c.dim(0), n = args.c.dim(1);
  const auto bias = [&](int64_t j) {
    if (!args.bias.defined()) return 0.0f;
    return args.bias.dtype() == DType::kF32 ? args.bias.data<float>()[j]
                                            : static_cast<float>(args.bias.data<BFloat16>()[j]);
  };
  with_float_type("matmul", args.c.dtype(), [&](auto type) {
    using C = decltype(type);
    for (int64_t r = 0; r < m; ++r) {
      C* c = args.c.data<C>() + r * n;
      for (int64_t j = begin; j < end; ++j) {
        float value = sums[r * (end - begin) + (j - begin)] + bias(j);
        if (args.accumulate) value += static_cast<float>(c[j]);
        c[j] = C(value);
      }
    }
  });
}

// Memory for f32 copies that stays with the thread: decoding asks for the same sizes a hundred times
// a token.
float* scratch(size_t elements) {
  thread_local std::vector<float> memory;
  if (memory.size() < elements) memory.resize(elements);
  return memory.data();
}

struct Product {
  const ops::Matmul* args;
  const float* a;  // f32
  int64_t begin;   // its first column among those of all products
};

// The products side by side, each with its a in f32; an a that several share is converted once.
std::vector<Product> line_up(std::span<const ops::Matmul> products) {
  size_t elements = 0;
  for (const ops::Matmul& args : products) elements += static_cast<size_t>(args.a.elements());
  float* copies = scratch(elements);
  std::vector<Product> out;
  int64_t columns = 0;
  for (const ops::Matmul& args : products) {
    const float* a = nullptr;
    const Tensor* before = out.empty() ? nullptr : &out.back().args->a;
    if (before && before->raw() == args.a.raw() && before->shape() == args.a.shape()) {
      a = out.back().a;
    } else if (args.a.dtype() == DType::kF32) {
      a = args.a.data<float>();
    } else {
      convert_elements(args.a.raw(), args.a.dtype(), copies, DType::kF32, args.a.elements());
      a = std::exchange(copies, copies + args.a.elements());
    }
    out.push_back({&args, a, columns});
    columns += args.c.dim(1);
  }
  return out;
}

}  // namespace

bool gemv_applies(const ops::Matmul& args) {
  return args.transpose_b && !args.transpose_a && args.a.dim(0) <= kMaxRows;
}

void gemvs(std::span<const ops::Matmul> products) {
  // Columns are taken in blocks small enough for the sums to stay in the first-level cache.
  constexpr int64_t kBlock = 128;
  const std::vector<Product> lined_up = line_up(products);
  const Product& last = lined_up.back();
  parallel_ranges(
      last.begin + last.args->c.dim(1),
      [&](int64_t range_begin, int64_t range_end, int) {
        float sums[kMaxRows * kBlock];
        for (const auto& [args, a, first] : lined_up) {
          const int64_t end = std::min(range_end - first, args->c.dim(1));
          for (int64_t begin = std::max<int64_t>(range_begin - first, 0); begin < end;) {
            const int64_t stop = std::min(end, begin + kBlock);
            HWY_DYNAMIC_DISPATCH(gemv_range)(*args, a, begin, stop, sums);
            write_results(*args, sums, begin, stop);
            begin = stop;
          }
        }
      },
      16);
}

}  // namespace fundi::cpu
#endif
