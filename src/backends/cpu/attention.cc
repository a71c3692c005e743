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

// The keys that the rows of one query block see.
struct Visible {
  int64_t last;    // one past the keys that the block's first row sees
  int64_t window;  // 0: no limit
  int64_t begin(int64_t row) const {
    return window > 0 ? std::max<int64_t>(0, last + row - window) : 0;
  }
  // Of the key block [k0, k1), relative to k0.
  int64_t begin(int64_t row, int64_t k0, int64_t k1) const {
    return std::clamp<int64_t>(begin(row) - k0, 0, k1 - k0);
  }
  int64_t end(int64_t row, int64_t k0, int64_t k1) const {
    return std::clamp<int64_t>(last + row - k0, 0, k1 - k0);
  }
};

// The part [begin, end) of a row of scores.
struct Part {
  int64_t begin, end, padded;
  int64_t size() const { return end - begin; }
  void clear_rest(float* row) const {
    std::fill(row, row + begin, 0.0f);
    std::fill(row + end, row + padded, 0.0f);
  }
};

// What turns products of queries and keys into the logits of the softmax.
class Cap {
 public:
  explicit Cap(const ops::AttentionMask& mask)
      : mask_(mask), inverse_(mask.softcap > 0 ? 1.0f / mask.softcap : 0.0f) {}
  // x = cap(scale x) / scale() in place.
  HWY_INLINE void apply(float* x, int64_t n) const {
    if (mask_.softcap <= 0) return;
    const float inner = mask_.scale * inverse_, outer = mask_.softcap;
    for_each_vector(n, [=](auto d, int64_t i) HWY_ATTR {
      const auto t = hn::Tanh(d, hn::Mul(load(d, x + i), hn::Set(d, inner)));
      store(d, hn::Mul(t, hn::Set(d, outer)), x + i);
    });
  }
  float scale() const { return mask_.softcap > 0 ? 1.0f : mask_.scale; }
  // The derivative of a logit y by the product is slope() (1 - (y inverse())^2).
  float slope() const { return mask_.scale; }
  float inverse() const { return inverse_; }

 private:
  const ops::AttentionMask& mask_;
  float inverse_;
};

// One row of online softmax: folds scores s[begin,end) into (highest, sum) and rescales the output
// row.
HWY_INLINE void fold_row(float* s, const Part& part, const Cap& cap, float* highest, float* sum,
                         float* out, int64_t width) {
  if (part.size() > 0) {
    float* x = s + part.begin;
    cap.apply(x, part.size());
    const float top = std::max(*highest, max_of(x, part.size()) * cap.scale());
    if (top > *highest) {
      const float factor = std::exp(*highest - top);
      *sum *= factor;
      scale_row(out, width, factor);
      *highest = top;
    }
    *sum += exponentials(x, part.size(), cap.scale(), *highest);
  }
  part.clear_rest(s);
}

template <typename T>
void forward_heads(const AttentionTask& task, const ops::AttentionForward& args,
                   AttentionScratch& scratch) {
  const AttentionShape& shape = task.shape;
  const int64_t D = shape.head_dim, E = shape.value_dim, keys = task.k_count;
  const int64_t P = shape.padded_dim, PE = shape.padded_value;
  const int64_t key_stride = round_up(keys, SmallGemm::kPad);
  const Cap cap(args.mask);
  scratch.reserve_forward(shape, keys, kQueryBlock, kKeyBlock);
  gather_rows(static_cast<const T*>(task.k), shape.k_stride, keys, D, scratch.rows, P);
  transpose(scratch.rows, keys, D, P, scratch.keys, key_stride);
  gather_rows(static_cast<const T*>(task.v), shape.v_stride, keys, E, scratch.values, PE);
  for (int64_t h = task.first_head; h < task.first_head + shape.group(); ++h) {
    for (int64_t q0 = 0; q0 < task.q_count; q0 += kQueryBlock) {
      const int64_t rows = std::min(kQueryBlock, task.q_count - q0);
      const int64_t row0 = task.q_begin + q0;
      gather_rows(args.q.data<T>() + (row0 * shape.heads + h) * D, shape.q_stride(), rows, D,
                  scratch.query, P);
      std::fill(scratch.out, scratch.out + rows * PE, 0.0f);
      std::fill(scratch.highest, scratch.highest + rows, -std::numeric_limits<float>::infinity());
      std::fill(scratch.sum, scratch.sum + rows, 0.0f);
      const Visible visible{keys - task.q_count + q0 + 1, args.mask.window};
      const int64_t last = visible.last + rows - 1;
      for (int64_t k0 = visible.begin(0); k0 < last; k0 += kKeyBlock) {
        const int64_t k1 = std::min(last, k0 + kKeyBlock);
        small_gemm({scratch.query, P, 1, scratch.keys + k0, key_stride, scratch.scores, kKeyBlock,
                    rows, k1 - k0, D, false});
        for (int64_t r = 0; r < rows; ++r) {
          fold_row(scratch.scores + r * kKeyBlock,
                   {visible.begin(r, k0, k1), visible.end(r, k0, k1), k1 - k0}, cap,
                   &scratch.highest[r], &scratch.sum[r], scratch.out + r * PE, E);
        }
        small_gemm({scratch.scores, kKeyBlock, 1, scratch.values + k0 * PE, PE, scratch.out, PE,
                    rows, E, k1 - k0, true});
      }
      for (int64_t r = 0; r < rows; ++r) {
        scale_row(scratch.out + r * PE, E, 1.0f / scratch.sum[r]);
        if (args.lse.defined()) {
          args.lse.data<float>()[h * shape.q_rows + row0 + r] =
              scratch.highest[r] + std::log(scratch.sum[r]);
        }
      }
      scatter_rows(scratch.out, PE, rows, E, args.out.data<T>() + (row0 * shape.heads + h) * E,
                   shape.out_stride(), false);
    }
  }
}

// Few queries (decoding): each key row is read once, in its stored form, for all heads of its
// group.
template <typename T>
void forward_few(const AttentionTask& task, const ops::AttentionForward& args,
                 AttentionScratch& scratch) {
  const AttentionShape& shape = task.shape;
  const int64_t D = shape.head_dim, E = shape.value_dim;
  const int64_t keys = task.k_count, rows = task.q_count * shape.group();
  const Visible visible{keys - task.q_count + 1, args.mask.window};
  const int64_t first = visible.begin(0);
  const Cap cap(args.mask);
  scratch.reserve_few(shape, keys, rows);
  for (int64_t i = 0; i < task.q_count; ++i) {
    gather_rows(args.q.data<T>() + ((task.q_begin + i) * shape.heads + task.first_head) * D, D,
                shape.group(), D, scratch.query + i * shape.group() * D, D);
  }
  const T* k = static_cast<const T*>(task.k);
  const T* v = static_cast<const T*>(task.v);
  for (int64_t j = first; j < keys; ++j) {
    const T* key = k + j * shape.k_stride;
    for (int64_t r = 0; r < rows; ++r) {
      const float* q = scratch.query + r * D;
      scratch.scores[r * keys + j] = sum_of(
          D, [=](auto d, int64_t c) HWY_ATTR { return hn::Mul(load(d, q + c), load(d, key + c)); });
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    const int64_t i = r / shape.group();
    float* s = scratch.scores + r * keys;
    const Part part{visible.begin(i), visible.last + i, keys};
    float* x = s + part.begin;
    cap.apply(x, part.size());
    const float highest = max_of(x, part.size()) * cap.scale();
    const float sum = exponentials(x, part.size(), cap.scale(), highest);
    scale_row(x, part.size(), 1.0f / sum);
    part.clear_rest(s);
    if (args.lse.defined()) {
      const int64_t h = task.first_head + r % shape.group();
      args.lse.data<float>()[h * shape.q_rows + task.q_begin + i] = highest + std::log(sum);
    }
  }
  std::fill(scratch.out, scratch.out + rows * E, 0.0f);
  for (int64_t j = first; j < keys; ++j) {
    const T* value = v + j * shape.v_stride;
    for (int64_t r = 0; r < rows; ++r) {
      const float p = scratch.scores[r * keys + j];
      float* out = scratch.out + r * E;
      for_each_vector(E, [=](auto d, int64_t c) HWY_ATTR {
        store(d, hn::MulAdd(hn::Set(d, p), load(d, value + c), load(d, out + c)), out + c);
      });
    }
  }
  for (int64_t i = 0; i < task.q_count; ++i) {
    scatter_rows(scratch.out + i * shape.group() * E, E, shape.group(), E,
                 args.out.data<T>() + ((task.q_begin + i) * shape.heads + task.first_head) * E, E,
                 false);
  }
}

// The gradient of the products of queries and keys: p = exp(logit - lse) in place of the products
// s, p (dp - delta) times the derivative of the logit in place of dp.
HWY_INLINE void score_gradient(float* s, float* dp, const Part& part, const Cap& cap, float lse,
                               float delta) {
  float *x = s + part.begin, *dx = dp + part.begin;
  cap.apply(x, part.size());
  const float scale = cap.scale(), slope = cap.slope(), inverse = cap.inverse();
  for_each_vector(part.size(), [=](auto d, int64_t i) HWY_ATTR {
    const auto y = load(d, x + i);
    const auto p = hn::Exp(d, hn::MulSub(y, hn::Set(d, scale), hn::Set(d, lse)));
    const auto t = hn::Mul(y, hn::Set(d, inverse));
    const auto derivative = hn::Mul(hn::NegMulAdd(t, t, hn::Set(d, 1.0f)), hn::Set(d, slope));
    const auto ds = hn::Mul(hn::Mul(p, hn::Sub(load(d, dx + i), hn::Set(d, delta))), derivative);
    store(d, p, x + i);
    store(d, ds, dx + i);
  });
  part.clear_rest(s);
  part.clear_rest(dp);
}

// One query block of one head against all keys it sees.
template <typename T>
void backward_block(const AttentionTask& task, const ops::AttentionBackward& args,
                    AttentionScratch& w, int64_t h, int64_t q0) {
  const AttentionShape& shape = task.shape;
  const int64_t D = shape.head_dim, E = shape.value_dim, keys = task.k_count;
  const int64_t P = shape.padded_dim, PE = shape.padded_value;
  const int64_t key_stride = round_up(keys, SmallGemm::kPad);
  const int64_t rows = std::min(kQueryBlock, task.q_count - q0);
  const int64_t row0 = (task.q_begin + q0) * shape.heads + h;
  const Cap cap(args.mask);
  const float* lse = args.lse.data<float>() + h * shape.q_rows + task.q_begin + q0;
  gather_rows(args.q.data<T>() + row0 * D, shape.q_stride(), rows, D, w.query, P);
  gather_rows(args.dout.data<T>() + row0 * E, shape.out_stride(), rows, E, w.dout, PE);
  gather_rows(args.out.data<T>() + row0 * E, shape.out_stride(), rows, E, w.out, PE);
  for (int64_t r = 0; r < rows; ++r) {
    const float *o = w.out + r * PE, *g = w.dout + r * PE;
    w.sum[r] = sum_of(
        E, [=](auto d, int64_t i) HWY_ATTR { return hn::Mul(load(d, o + i), load(d, g + i)); });
  }
  std::fill(w.dquery, w.dquery + rows * P, 0.0f);
  const Visible visible{keys - task.q_count + q0 + 1, args.mask.window};
  const int64_t last = visible.last + rows - 1;
  for (int64_t k0 = visible.begin(0); k0 < last; k0 += kKeyBlock) {
    const int64_t k1 = std::min(last, k0 + kKeyBlock), n = k1 - k0;
    small_gemm({w.query, P, 1, w.keys + k0, key_stride, w.scores, kKeyBlock, rows, n, D, false});
    small_gemm(
        {w.dout, PE, 1, w.values_t + k0, key_stride, w.dscores, kKeyBlock, rows, n, E, false});
    for (int64_t r = 0; r < rows; ++r) {
      score_gradient(w.scores + r * kKeyBlock, w.dscores + r * kKeyBlock,
                     {visible.begin(r, k0, k1), visible.end(r, k0, k1), n}, cap, lse[r], w.sum[r]);
    }
    small_gemm({w.scores, 1, kKeyBlock, w.dout, PE, w.dvalues + k0 * PE, PE, n, E, rows, true});
    small_gemm({w.dscores, 1, kKeyBlock, w.query, P, w.dkeys + k0 * P, P, n, D, rows, true});
    small_gemm({w.dscores, kKeyBlock, 1, w.rows + k0 * P, P, w.dquery, P, rows, D, n, true});
  }
  scatter_rows(w.dquery, P, rows, D, args.dq.data<T>() + row0 * D, shape.q_stride(),
               args.accumulate_dq);
}

template <typename T>
void backward_heads(const AttentionTask& task, const ops::AttentionBackward& args,
                    AttentionScratch& w) {
  const AttentionShape& shape = task.shape;
  const int64_t D = shape.head_dim, E = shape.value_dim, keys = task.k_count;
  const int64_t P = shape.padded_dim, PE = shape.padded_value;
  const int64_t key_stride = round_up(keys, SmallGemm::kPad);
  w.reserve_backward(shape, keys, kQueryBlock, kKeyBlock);
  gather_rows(static_cast<const T*>(task.v), shape.v_stride, keys, E, w.rows, PE);
  transpose(w.rows, keys, E, PE, w.values_t, key_stride);
  gather_rows(static_cast<const T*>(task.k), shape.k_stride, keys, D, w.rows, P);
  transpose(w.rows, keys, D, P, w.keys, key_stride);
  std::fill(w.dkeys, w.dkeys + keys * P, 0.0f);
  std::fill(w.dvalues, w.dvalues + keys * PE, 0.0f);
  for (int64_t h = task.first_head; h < task.first_head + shape.group(); ++h) {
    for (int64_t q0 = 0; q0 < task.q_count; q0 += kQueryBlock) {
      backward_block<T>(task, args, w, h, q0);
    }
  }
  scatter_rows(w.dkeys, P, keys, D, args.dk.data<T>() + task.k_offset, shape.k_stride,
               args.accumulate_dk);
  scatter_rows(w.dvalues, PE, keys, E, args.dv.data<T>() + task.v_offset, shape.v_stride,
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
  const std::vector<AttentionTask> tasks =
      attention_tasks(args.q, args.k, args.v, args.out, *args.segments);
  parallel_each(static_cast<int64_t>(tasks.size()), [&](int64_t i) {
    HWY_DYNAMIC_DISPATCH(attend)(tasks[static_cast<size_t>(i)], args, AttentionScratch::mine());
  });
}

void attention_backward(const ops::AttentionBackward& args, Stream&) {
  const std::vector<AttentionTask> tasks =
      attention_tasks(args.q, args.k, args.v, args.out, *args.segments);
  parallel_each(static_cast<int64_t>(tasks.size()), [&](int64_t i) {
    HWY_DYNAMIC_DISPATCH(attend_backward)
    (tasks[static_cast<size_t>(i)], args, AttentionScratch::mine());
  });
}

}  // namespace fundi::cpu
#endif
