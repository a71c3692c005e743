#include "ops/attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "backends/cpu/attention.cc"
#include <hwy/foreach_target.h>  // must come before the rest

#include <hwy/highway.h>

#include <hwy/contrib/math/math-inl.h>

#include "backends/cpu/attention_task.h"
#include "backends/cpu/dispatch.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/small_gemm-inl.h"
#include "base/parallel.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

constexpr int64_t kQueryBlock = 48;
constexpr int64_t kKeyBlock = 256;

// Rows of a strided matrix of any float type, as f32 rows of `width`.
template <typename T>
void gather_rows(const T* from, int64_t stride, int64_t rows, int64_t width, float* to,
                 int64_t to_stride) {
  for (int64_t r = 0; r < rows; ++r) {
    const T* source = from + r * stride;
    float* target = to + r * to_stride;
    for_each_vector(width,
                    [=](auto d, int64_t i) HWY_ATTR { store(d, load(d, source + i), target + i); });
  }
}

void transpose(const float* from, int64_t rows, int64_t width, int64_t from_stride, float* to,
               int64_t to_stride) {
  constexpr int64_t kBlock = 16;
  for (int64_t r0 = 0; r0 < rows; r0 += kBlock) {
    const int64_t r1 = std::min(rows, r0 + kBlock);
    for (int64_t c = 0; c < width; ++c) {
      for (int64_t r = r0; r < r1; ++r) to[c * to_stride + r] = from[r * from_stride + c];
    }
  }
}

template <typename T>
void scatter_rows(const float* from, int64_t from_stride, int64_t rows, int64_t width, T* to,
                  int64_t stride, bool accumulate) {
  for (int64_t r = 0; r < rows; ++r) {
    const float* source = from + r * from_stride;
    T* target = to + r * stride;
    for_each_vector(width, [=](auto d, int64_t i) HWY_ATTR {
      auto v = load(d, source + i);
      if (accumulate) v = hn::Add(v, load(d, target + i));
      store(d, v, target + i);
    });
  }
}

// x = exp(x * scale - shift) in place; returns the sum.
HWY_INLINE float exponentials(float* x, int64_t n, float scale, float shift) {
  return sum_of(n, [=](auto d, int64_t i) HWY_ATTR {
    const auto e = hn::Exp(d, hn::MulSub(load(d, x + i), hn::Set(d, scale), hn::Set(d, shift)));
    store(d, e, x + i);
    return e;
  });
}

HWY_INLINE void scale_row(float* x, int64_t n, float factor) {
  for_each_vector(n, [=](auto d, int64_t i) HWY_ATTR {
    store(d, hn::Mul(load(d, x + i), hn::Set(d, factor)), x + i);
  });
}

// The scores of one query block against keys [k0, k1): each row keeps only the keys it may see.
struct RowLimit {
  int64_t first_limit;  // keys that the block's first row sees
  int64_t of(int64_t row, int64_t k0, int64_t k1) const {
    return std::clamp<int64_t>(first_limit + row - k0, 0, k1 - k0);
  }
};

// One row of online softmax: folds scores s[0,n) into (highest, sum) and rescales the output row.
HWY_INLINE void fold_row(float* s, int64_t n, int64_t padded, float scale, float* highest,
                         float* sum, float* out, int64_t width) {
  if (n > 0) {
    const float top = std::max(*highest, max_of(s, n) * scale);
    if (top > *highest) {
      const float factor = std::exp(*highest - top);
      *sum *= factor;
      scale_row(out, width, factor);
      *highest = top;
    }
    *sum += exponentials(s, n, scale, *highest);
  }
  std::fill(s + n, s + padded, 0.0f);
}

template <typename T>
void forward_heads(const AttentionTask& task, const ops::AttentionForward& args,
                   AttentionScratch& scratch) {
  const AttentionShape& shape = task.shape;
  const int64_t D = shape.head_dim, P = shape.padded_dim, keys = task.k_count;
  const int64_t key_stride = round_up(keys, SmallGemm::kPad);
  scratch.reserve_forward(shape, keys, kQueryBlock, kKeyBlock);
  gather_rows(static_cast<const T*>(task.k), shape.kv_stride(), keys, D, scratch.rows, P);
  transpose(scratch.rows, keys, D, P, scratch.keys, key_stride);
  gather_rows(static_cast<const T*>(task.v), shape.kv_stride(), keys, D, scratch.values, P);
  for (int64_t h = task.first_head; h < task.first_head + shape.group(); ++h) {
    for (int64_t q0 = 0; q0 < task.q_count; q0 += kQueryBlock) {
      const int64_t rows = std::min(kQueryBlock, task.q_count - q0);
      const int64_t row0 = task.q_begin + q0;
      gather_rows(args.q.data<T>() + (row0 * shape.heads + h) * D, shape.q_stride(), rows, D,
                  scratch.query, P);
      std::fill(scratch.out, scratch.out + rows * P, 0.0f);
      std::fill(scratch.highest, scratch.highest + rows, -std::numeric_limits<float>::infinity());
      std::fill(scratch.sum, scratch.sum + rows, 0.0f);
      const RowLimit limit{keys - task.q_count + q0 + 1};
      const int64_t visible = limit.first_limit + rows - 1;
      for (int64_t k0 = 0; k0 < visible; k0 += kKeyBlock) {
        const int64_t k1 = std::min(visible, k0 + kKeyBlock);
        small_gemm({scratch.query, P, 1, scratch.keys + k0, key_stride, scratch.scores, kKeyBlock,
                    rows, k1 - k0, D, false});
        for (int64_t r = 0; r < rows; ++r) {
          fold_row(scratch.scores + r * kKeyBlock, limit.of(r, k0, k1), k1 - k0, args.mask.scale,
                   &scratch.highest[r], &scratch.sum[r], scratch.out + r * P, D);
        }
        small_gemm({scratch.scores, kKeyBlock, 1, scratch.values + k0 * P, P, scratch.out, P, rows,
                    D, k1 - k0, true});
      }
      for (int64_t r = 0; r < rows; ++r) {
        scale_row(scratch.out + r * P, D, 1.0f / scratch.sum[r]);
        if (args.lse.defined()) {
          args.lse.data<float>()[h * shape.q_rows + row0 + r] =
              scratch.highest[r] + std::log(scratch.sum[r]);
        }
      }
      scatter_rows(scratch.out, P, rows, D, args.out.data<T>() + (row0 * shape.heads + h) * D,
                   shape.q_stride(), false);
    }
  }
}

// Few queries (decoding): each key row is read once, in its stored form, for all heads of its
// group.
template <typename T>
void forward_few(const AttentionTask& task, const ops::AttentionForward& args,
                 AttentionScratch& scratch) {
  const AttentionShape& shape = task.shape;
  const int64_t D = shape.head_dim, keys = task.k_count, rows = task.q_count * shape.group();
  scratch.reserve_few(shape, keys, rows);
  for (int64_t i = 0; i < task.q_count; ++i) {
    gather_rows(args.q.data<T>() + ((task.q_begin + i) * shape.heads + task.first_head) * D, D,
                shape.group(), D, scratch.query + i * shape.group() * D, D);
  }
  const T* k = static_cast<const T*>(task.k);
  const T* v = static_cast<const T*>(task.v);
  for (int64_t j = 0; j < keys; ++j) {
    const T* key = k + j * shape.kv_stride();
    for (int64_t r = 0; r < rows; ++r) {
      const float* q = scratch.query + r * D;
      scratch.scores[r * keys + j] = sum_of(
          D, [=](auto d, int64_t c) HWY_ATTR { return hn::Mul(load(d, q + c), load(d, key + c)); });
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t i = r / shape.group();
    const int64_t limit = keys - task.q_count + i + 1;
    float* s = scratch.scores + r * keys;
    const float highest = max_of(s, limit) * args.mask.scale;
    const float sum = exponentials(s, limit, args.mask.scale, highest);
    scale_row(s, limit, 1.0f / sum);
    std::fill(s + limit, s + keys, 0.0f);
    if (args.lse.defined()) {
      const int64_t h = task.first_head + r % shape.group();
      args.lse.data<float>()[h * shape.q_rows + task.q_begin + i] = highest + std::log(sum);
    }
  }
  std::fill(scratch.out, scratch.out + rows * D, 0.0f);
  for (int64_t j = 0; j < keys; ++j) {
    const T* value = v + j * shape.kv_stride();
    for (int64_t r = 0; r < rows; ++r) {
      const float p = scratch.scores[r * keys + j];
      float* out = scratch.out + r * D;
      for_each_vector(D, [=](auto d, int64_t c) HWY_ATTR {
        store(d, hn::MulAdd(hn::Set(d, p), load(d, value + c), load(d, out + c)), out + c);
      });
    }
  }
  for (int64_t i = 0; i < task.q_count; ++i) {
    scatter_rows(scratch.out + i * shape.group() * D, D, shape.group(), D,
                 args.out.data<T>() + ((task.q_begin + i) * shape.heads + task.first_head) * D, D,
                 false);
  }
}

// p = exp(scale s - lse); s = p (dp - delta) scale, masked: the gradient of the scores. p in place
// of the scores, ds in place of dp.
HWY_INLINE void score_gradient(float* s, float* dp, int64_t n, int64_t padded, float scale,
                               float lse, float delta) {
  for_each_vector(n, [=](auto d, int64_t i) HWY_ATTR {
    const auto p = hn::Exp(d, hn::MulSub(load(d, s + i), hn::Set(d, scale), hn::Set(d, lse)));
    const auto ds =
        hn::Mul(hn::Mul(p, hn::Sub(load(d, dp + i), hn::Set(d, delta))), hn::Set(d, scale));
    store(d, p, s + i);
    store(d, ds, dp + i);
  });
  std::fill(s + n, s + padded, 0.0f);
  std::fill(dp + n, dp + padded, 0.0f);
}

// One query block of one head against all keys it sees.
template <typename T>
void backward_block(const AttentionTask& task, const ops::AttentionBackward& args,
                    AttentionScratch& w, int64_t h, int64_t q0) {
  const AttentionShape& shape = task.shape;
  const int64_t D = shape.head_dim, P = shape.padded_dim, keys = task.k_count;
  const int64_t key_stride = round_up(keys, SmallGemm::kPad);
  const int64_t rows = std::min(kQueryBlock, task.q_count - q0);
  const int64_t at = ((task.q_begin + q0) * shape.heads + h) * D;
  const float* lse = args.lse.data<float>() + h * shape.q_rows + task.q_begin + q0;
  gather_rows(args.q.data<T>() + at, shape.q_stride(), rows, D, w.query, P);
  gather_rows(args.dout.data<T>() + at, shape.q_stride(), rows, D, w.dout, P);
  gather_rows(args.out.data<T>() + at, shape.q_stride(), rows, D, w.out, P);
  for (int64_t r = 0; r < rows; ++r) {
    const float *o = w.out + r * P, *g = w.dout + r * P;
    w.sum[r] = sum_of(
        D, [=](auto d, int64_t i) HWY_ATTR { return hn::Mul(load(d, o + i), load(d, g + i)); });
  }
  std::fill(w.dquery, w.dquery + rows * P, 0.0f);
  const RowLimit limit{keys - task.q_count + q0 + 1};
  const int64_t visible = limit.first_limit + rows - 1;
  for (int64_t k0 = 0; k0 < visible; k0 += kKeyBlock) {
    const int64_t k1 = std::min(visible, k0 + kKeyBlock), n = k1 - k0;
    small_gemm({w.query, P, 1, w.keys + k0, key_stride, w.scores, kKeyBlock, rows, n, D, false});
    small_gemm(
        {w.dout, P, 1, w.values_t + k0, key_stride, w.dscores, kKeyBlock, rows, n, D, false});
    for (int64_t r = 0; r < rows; ++r) {
      score_gradient(w.scores + r * kKeyBlock, w.dscores + r * kKeyBlock, limit.of(r, k0, k1), n,
                     args.mask.scale, lse[r], w.sum[r]);
    }
    small_gemm({w.scores, 1, kKeyBlock, w.dout, P, w.dvalues + k0 * P, P, n, D, rows, true});
    small_gemm({w.dscores, 1, kKeyBlock, w.query, P, w.dkeys + k0 * P, P, n, D, rows, true});
    small_gemm({w.dscores, kKeyBlock, 1, w.rows + k0 * P, P, w.dquery, P, rows, D, n, true});
  }
  scatter_rows(w.dquery, P, rows, D, args.dq.data<T>() + at, shape.q_stride(), args.accumulate_dq);
}

template <typename T>
void backward_heads(const AttentionTask& task, const ops::AttentionBackward& args,
                    AttentionScratch& w) {
  const AttentionShape& shape = task.shape;
  const int64_t D = shape.head_dim, P = shape.padded_dim, keys = task.k_count;
  const int64_t key_stride = round_up(keys, SmallGemm::kPad);
  w.reserve_backward(shape, keys, kQueryBlock, kKeyBlock);
  gather_rows(static_cast<const T*>(task.v), shape.kv_stride(), keys, D, w.rows, P);
  transpose(w.rows, keys, D, P, w.values_t, key_stride);
  gather_rows(static_cast<const T*>(task.k), shape.kv_stride(), keys, D, w.rows, P);
  transpose(w.rows, keys, D, P, w.keys, key_stride);
  std::fill(w.dkeys, w.dkeys + keys * P, 0.0f);
  std::fill(w.dvalues, w.dvalues + keys * P, 0.0f);
  for (int64_t h = task.first_head; h < task.first_head + shape.group(); ++h) {
    for (int64_t q0 = 0; q0 < task.q_count; q0 += kQueryBlock) {
      backward_block<T>(task, args, w, h, q0);
    }
  }
  const int64_t at = task.k_offset;
  scatter_rows(w.dkeys, P, keys, D, args.dk.data<T>() + at, shape.kv_stride(), args.accumulate_dk);
  scatter_rows(w.dvalues, P, keys, D, args.dv.data<T>() + at, shape.kv_stride(),
               args.accumulate_dv);
}

void attend(const AttentionTask& task, const ops::AttentionForward& args,
            AttentionScratch& scratch) {
  constexpr int64_t kFewQueries = 4;
  with_float_type("attention_forward", args.q.dtype(), [&](auto type) {
    using T = decltype(type);
    task.q_count <= kFewQueries ? forward_few<T>(task, args, scratch)
                                : forward_heads<T>(task, args, scratch);
  });
}

void attend_backward(const AttentionTask& task, const ops::AttentionBackward& args,
                     AttentionScratch& scratch) {
  with_float_type("attention_backward", args.q.dtype(),
                  [&](auto type) { backward_heads<decltype(type)>(task, args, scratch); });
}

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fundi::cpu {
HWY_EXPORT(attend);
HWY_EXPORT(attend_backward);

void attention_forward(const ops::AttentionForward& args, Stream&) {
  const std::vector<AttentionTask> tasks = attention_tasks(args.q, args.k, args.v, *args.segments);
  parallel_each(static_cast<int64_t>(tasks.size()), [&](int64_t i) {
    HWY_DYNAMIC_DISPATCH(attend)(tasks[static_cast<size_t>(i)], args, AttentionScratch::mine());
  });
}

void attention_backward(const ops::AttentionBackward& args, Stream&) {
  const std::vector<AttentionTask> tasks = attention_tasks(args.q, args.k, args.v, *args.segments);
  parallel_each(static_cast<int64_t>(tasks.size()), [&](int64_t i) {
    HWY_DYNAMIC_DISPATCH(attend_backward)
    (tasks[static_cast<size_t>(i)], args, AttentionScratch::mine());
  });
}

}  // namespace fundi::cpu
#endif
