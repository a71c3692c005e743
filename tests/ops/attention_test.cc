#include "ops/attention.h"

#include "base/error.h"
#include "tests/ops/op_testing.h"

namespace fundi::ops {
namespace {

using Segments = std::vector<AttentionSegment>;

std::shared_ptr<const Segments> documents(const std::vector<int64_t>& lengths) {
  auto segments = std::make_shared<Segments>();
  int64_t at = 0;
  for (int64_t n : lengths) {
    segments->push_back(
        {.q_begin = at, .q_count = n, .k_begin = at, .k_count = n, .k = {}, .v = {}});
    at += n;
  }
  return segments;
}

int64_t total(const std::vector<int64_t>& lengths) {
  int64_t n = 0;
  for (int64_t l : lengths) n += l;
  return n;
}

struct Case {
  std::vector<int64_t> lengths;
  int64_t heads, kv_heads, head_dim;
  int64_t value_dim = 0;  // 0: head_dim
  int64_t window = 0;
  float softcap = 0;
  int64_t values() const { return value_dim > 0 ? value_dim : head_dim; }
  AttentionMask mask() const {
    const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
    return {.scale = scale, .window = window, .softcap = softcap};
  }
};

// The definition, row by row in double. Without v the values are the first elements of the keys.
Tensor reference(const Case& c, const Tensor& q, const Tensor& k, const Tensor& v,
                 const Segments& segments) {
  const int64_t D = c.head_dim, E = c.values();
  const int64_t v_width = v.defined() ? E : D;
  const Tensor& values = v.defined() ? v : k;
  Tensor out = Tensor::zeros({q.dim(0), c.heads * E}, DType::kF32);
  for (const AttentionSegment& s : segments) {
    for (int64_t h = 0; h < c.heads; ++h) {
      const int64_t g = h / (c.heads / c.kv_heads);
      for (int64_t i = 0; i < s.q_count; ++i) {
        const float* qi = q.data<float>() + ((s.q_begin + i) * c.heads + h) * D;
        const int64_t end = s.k_count - s.q_count + i + 1;
        const int64_t begin = c.window > 0 ? std::max<int64_t>(0, end - c.window) : 0;
        std::vector<double> p;
        double top = -1e30, sum = 0;
        for (int64_t j = begin; j < end; ++j) {
          const float* kj = k.data<float>() + ((s.k_begin + j) * c.kv_heads + g) * D;
          double x = 0;
          for (int64_t d = 0; d < D; ++d) x += double(qi[d]) * kj[d];
          x *= c.mask().scale;
          if (c.softcap > 0) x = c.softcap * std::tanh(x / c.softcap);
          p.push_back(x);
          top = std::max(top, x);
        }
        for (double& x : p) sum += x = std::exp(x - top);
        float* o = out.data<float>() + ((s.q_begin + i) * c.heads + h) * E;
        for (int64_t d = 0; d < E; ++d) {
          double y = 0;
          for (int64_t j = begin; j < end; ++j) {
            const int64_t row = (s.k_begin + j) * c.kv_heads + g;
            y += p[j - begin] / sum * values.data<float>()[row * v_width + d];
          }
          o[d] = static_cast<float>(y);
        }
      }
    }
  }
  return out;
}

class AttentionTest : public OpTest {
 protected:
  static std::vector<Tensor> inputs(const Case& c) {
    const int64_t n = total(c.lengths);
    return {random_tensor({n, c.heads * c.head_dim}, 1),
            random_tensor({n, c.kv_heads * c.head_dim}, 2),
            random_tensor({n, c.kv_heads * c.values()}, 3)};
  }
  static Function function(const Case& c) {
    return [c, segments = documents(c.lengths)](Context& context, const std::vector<Var>& in) {
      return attention(context, in[0], in[1], in[2], segments, c.head_dim, c.mask(), c.value_dim);
    };
  }
  const std::vector<Case> small_{
      {{1}, 1, 1, 4},
      {{7, 1, 5}, 4, 2, 8},
      {{3, 17}, 6, 2, 10},
      {{61}, 3, 3, 16},
      {{9, 1, 30}, 4, 2, 8, 5},
      {{23, 4}, 2, 1, 7, 19},
      {{1, 19, 2}, 4, 2, 8, 0, 1},
      {{33, 7}, 2, 2, 12, 0, 5},
      {{33, 7}, 2, 1, 12, 20, 100},
      {{21, 1}, 2, 1, 9, 0, 0, 0.7f},
      {{21, 8}, 4, 1, 16, 6, 4, 1.5f},
  };
  const std::vector<Case> large_{
      {{5, 301, 2}, 4, 1, 24},       {{513, 64}, 2, 1, 64},
      {{650, 3}, 2, 1, 33, 48, 70},  {{300, 290}, 2, 2, 64, 0, 256},
      {{410}, 3, 1, 80, 0, 0, 2.0f}, {{70, 420}, 2, 1, 96, 130, 300, 1.0f}};
  std::vector<Case> all() const {
    std::vector<Case> cases = small_;
    cases.insert(cases.end(), large_.begin(), large_.end());
    return cases;
  }
};

TEST_F(AttentionTest, EqualsTheDefinition) {
  for (const Case& c : all()) {
    const auto in = inputs(c);
    Context context{stream_};
    const Var y = function(c)(context, {Var(in[0]), Var(in[1]), Var(in[2])});
    const Tensor want = reference(c, in[0], in[1], in[2], *documents(c.lengths));
    EXPECT_LT(relative_error(y.value(), want), 2e-6) << c.lengths[0];
  }
}

TEST_F(AttentionTest, GradientsEqualCentralDifferences) {
  for (const Case& c : small_) expect_gradients(stream_, function(c), inputs(c));
}

TEST_F(AttentionTest, LongSegmentsHaveTheGradientsOfCentralDifferences) {
  for (const Case& c : large_) expect_gradients(stream_, function(c), inputs(c), 6e-3, 10);
}

TEST_F(AttentionTest, Bf16StaysNearF32) {
  for (const Case& c : all()) expect_bf16_close(stream_, function(c), inputs(c), 3e-2);
}

TEST_F(AttentionTest, BitsDoNotDependOnThreads) {
  for (const Case& c : all()) expect_thread_invariant(stream_, function(c), inputs(c));
}

// Blocks of keys that no query of a block sees are skipped: with NaN there, anything that touched
// them would show it.
TEST_F(AttentionTest, WindowSkipsWhatNobodySees) {
  const Case c{{900}, 2, 1, 16, 0, 20};
  auto in = inputs(c);
  std::fill_n(in[1].data<float>(), 100 * 16, NAN);
  std::fill_n(in[2].data<float>(), 100 * 16, NAN);
  Tape tape;
  Context context{stream_, &tape};
  const std::vector<Var> vars{Var(in[0], true), Var(in[1], true), Var(in[2], true)};
  Var y = function(c)(context, vars);
  for (float x : y.value().rows(600, 300).span<float>()) ASSERT_TRUE(std::isfinite(x));
  y.set_grad(random_tensor(y.value().shape(), 4));
  tape.backward();
  for (const Var& v : vars) {
    for (float x : v.grad().rows(600, 300).span<float>()) ASSERT_TRUE(std::isfinite(x));
  }
}

TEST_F(AttentionTest, DocumentsDoNotSeeOneAnother) {
  const Case c{{40, 23, 9}, 4, 2, 16};
  auto in = inputs(c);
  Context context{stream_};
  const auto run = [&] {
    return function(c)(context, {Var(in[0]), Var(in[1]), Var(in[2])}).value().rows(40, 23).to_f32();
  };
  const Tensor before = run();
  for (int64_t i = 0; i < 40; ++i) in[1].data<float>()[i] = in[2].data<float>()[i] = 1e4f;
  EXPECT_TRUE(same_bits(run(), before));
}

TEST_F(AttentionTest, CachedDecodingEqualsTheFullPass) {
  const int64_t n = 37, heads = 4, kv = 2, dim = 16;
  const Tensor q = random_tensor({n, heads * dim}, 1), k = random_tensor({n, kv * dim}, 2),
               v = random_tensor({n, kv * dim}, 3);
  Context context{stream_};
  const Tensor full =
      attention(context, Var(q), Var(k), Var(v), documents({n}), dim, {.scale = 0.25f}).value();
  for (const int64_t count : {1, 3, 11}) {  // one token, few, and a block of new queries
    auto segments = std::make_shared<Segments>();
    segments->push_back({.q_begin = 0,
                         .q_count = count,
                         .k_begin = 0,
                         .k_count = n,
                         .k = k.reshape({n, kv, dim}),
                         .v = v.reshape({n, kv, dim})});
    const Tensor last = attention(context, Var(q.rows(n - count, count)), Var(k.rows(0, count)),
                                  Var(v.rows(0, count)), segments, dim, {.scale = 0.25f})
                            .value();
    EXPECT_LT(relative_error(last, full.rows(n - count, count)), 2e-6) << count;
  }
}

TEST_F(AttentionTest, RefusesSegmentsOutsideTheTensors) {
  const Case c{{4}, 2, 1, 8};
  const auto in = inputs(c);
  Context context{stream_};
  EXPECT_THROW(attention(context, Var(in[0]), Var(in[1]), Var(in[2]), documents({5}), 8, {}),
               Error);
}

}  // namespace
}  // namespace fundi::ops
