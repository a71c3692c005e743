// Rows of scores: the softmax and its gradient.
#if defined(FUNDI_BACKENDS_CPU_ATTENTION_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef FUNDI_BACKENDS_CPU_ATTENTION_ROWS_INL_H_
#undef FUNDI_BACKENDS_CPU_ATTENTION_ROWS_INL_H_
#else
#define FUNDI_BACKENDS_CPU_ATTENTION_ROWS_INL_H_
#endif

#include <hwy/contrib/math/math-inl.h>

#include <cmath>
#include <limits>

#include "backends/cpu/attention_pack-inl.h"

HWY_BEFORE_NAMESPACE();
namespace fundi::cpu {
namespace HWY_NAMESPACE {

constexpr float kLog2E = 1.44269504f, kLn2 = 0.693147181f;
constexpr float kUnseen = -std::numeric_limits<float>::infinity();

// 2^x for x < 128, zero below 2^-126; the relative error is below 1e-7, or below 8e-5 where the
// result becomes bf16, whose own is up to 4e-3.
template <typename Unit, class D>
HWY_INLINE Vec<D> exp2(D d, Vec<D> x) {
  // Adding 1.5 * 2^23 rounds to an integer, which then fills the low bits; the power of the rest,
  // in
  // [-1/2, 1/2], is a polynomial (minimax of the relative error).
  const hn::RebindToSigned<D> bits;
  const auto shift = hn::Set(d, 0x1.8p23f);
  const auto integer = hn::Add(x, shift);
  const auto rest = hn::Sub(x, hn::Sub(integer, shift));
  const auto next = [=](Vec<D> power, float c)
                        HWY_ATTR { return hn::MulAdd(power, rest, hn::Set(d, c)); };
  Vec<D> power;
  if constexpr (std::is_same_v<Unit, float>) {
    power = next(next(hn::Set(d, 1.3276472e-3f), 9.6755413e-3f), 5.5507133e-2f);
    power = next(next(next(power, 2.4022120e-1f), 6.9314697e-1f), 1.0f);
  } else {
    power = next(next(hn::Set(d, 5.5171669e-2f), 2.4261112e-1f), 6.9326099e-1f);
    power = next(power, 9.9992807e-1f);
  }
  const auto exponent = hn::ShiftLeft<23>(hn::BitCast(bits, integer));
  const auto result = hn::BitCast(d, hn::Add(hn::BitCast(bits, power), exponent));
  return hn::IfThenZeroElse(hn::Lt(x, hn::Set(d, -126.0f)), result);
}

// The part [begin, end) of a row of scores that the row sees; the rest, up to a multiple of kPad,
// is computed along.
struct Part {
  // Of the scores of a row with keys [first_key, first_key + keys).
  Part(const AttentionGroup& group, int64_t row, int64_t first_key, int64_t keys)
      : begin(std::clamp<int64_t>(group.key_begin(row) - first_key, 0, keys)),
        end(std::clamp<int64_t>(group.key_end(row) - first_key, 0, keys)),
        size(keys) {}
  int64_t begin, end, size;
  int64_t padded() const { return round_up(size, kPad); }
  void hide_rest(float* scores) const {
    std::fill(scores, scores + begin, kUnseen);
    std::fill(scores + end, scores + padded(), kUnseen);
  }
};

// What turns products of queries and keys into the logits of the softmax, in units of log 2.
class Logits {
 public:
  explicit Logits(const ops::AttentionMask& mask) : scale_(mask.scale), softcap_(mask.softcap) {}
  // A score times factor() is the logit, after cap() has been through the scores.
  float factor() const { return (softcap_ > 0 ? softcap_ : scale_) * kLog2E; }
  float scale() const { return scale_; }
  void cap(float* scores, int64_t n) const {
    if (softcap_ <= 0) return;
    for_each_vector(n, [=, inner = scale_ / softcap_](auto d, int64_t i) HWY_ATTR {
      store(d, hn::Tanh(d, hn::Mul(load(d, scores + i), hn::Set(d, inner))), scores + i);
    });
  }
  // The same, and gradients = (gradients - delta) times the derivative of the cap. Returns the
  // delta that is still to be subtracted.
  float cap(float* scores, float* gradients, int64_t n, float delta) const {
    if (softcap_ <= 0) return delta;
    cap(scores, n);
    for_each_vector(n, [=](auto d, int64_t i) HWY_ATTR {
      const auto t = load(d, scores + i);
      const auto derivative = hn::NegMulAdd(t, t, hn::Set(d, 1.0f));
      const auto g = hn::Sub(load(d, gradients + i), hn::Set(d, delta));
      store(d, hn::Mul(g, derivative), gradients + i);
    });
    return 0.0f;
  }

 private:
  float scale_, softcap_;
};

// The running result of rows: sums of exponentials relative to the highest logit so far, and of
// values weighted with them.
struct RowStates {
  float* out;  // [rows, stride]
  int64_t stride;
  float* highest;  // in units of log 2
  float* sum;

  void clear(int64_t rows) const {
    std::fill_n(out, rows * stride, 0.0f);
    std::fill_n(highest, rows, -std::numeric_limits<float>::infinity());
    std::fill_n(sum, rows, 0.0f);
  }
  // Makes `top` the reference of row r where it is above that.
  HWY_INLINE void raise(int64_t r, float top) const {
    if (!(top > highest[r])) return;
    const bool empty = sum[r] == 0;
    const float factor = std::exp2(highest[r] - top);
    highest[r] = top;
    if (empty) return;
    sum[r] *= factor;
    float* x = out + r * stride;
    for_each_vector(stride, [=](auto d, int64_t i) HWY_ATTR {
      store(d, hn::Mul(load(d, x + i), hn::Set(d, factor)), x + i);
    });
  }
};

// Folds scores into row r: p, their exponentials, are to be multiplied with the values.
// p may be the scores themselves.
template <typename Unit>
HWY_INLINE void fold_scores(float* scores, ElementOf<Unit>* p, const Part& part,
                            const Logits& logits, const RowStates& rows, int64_t r) {
  const int64_t n = part.padded();
  if (part.begin >= part.end) return std::fill(p, p + n, ElementOf<Unit>(0.0f));
  logits.cap(scores, n);
  part.hide_rest(scores);
  const float factor = logits.factor();
  rows.raise(r, max_of(scores, n) * factor);
  rows.sum[r] += sum_of(n, [=, highest = rows.highest[r]](auto d, int64_t i) HWY_ATTR {
    const auto e =
        exp2<Unit>(d, hn::MulSub(load(d, scores + i), hn::Set(d, factor), hn::Set(d, highest)));
    store_element(d, e, p + i);
    return e;
  });
}

// What the gradient of one row's scores is computed from.
struct RowGradient {
  float* scores;  // products of the query with the keys
  float* dp;      // products of the output's gradient with the values
  float factor, lse, delta, scale;

  // p = exp(logit - lse) and ds = p (dp - delta) scale at i
  template <typename Unit, class D>
  HWY_INLINE void at(D d, int64_t i, Vec<D>& p, Vec<D>& ds) const {
    p = exp2<Unit>(d, hn::MulSub(load(d, scores + i), hn::Set(d, factor), hn::Set(d, lse)));
    const auto g = hn::Sub(load(d, dp + i), hn::Set(d, delta));
    ds = hn::Mul(hn::Mul(p, g), hn::Set(d, scale));
  }
};

}  // namespace HWY_NAMESPACE
}  // namespace fundi::cpu
HWY_AFTER_NAMESPACE();

#endif
