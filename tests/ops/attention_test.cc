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

// The definition, row by row in double.
Tensor reference(const Tensor& q, const Tensor& k, const Tensor& v, const Segments& segments,
                 int64_t head_dim, float scale) {
  const int64_t H = q.dim(1) / head_dim, G = k.dim(1) / head_dim;
  Tensor out = Tensor::zeros(q.shape(), DType::kF32);
  for (const AttentionSegment& s : segments) {
    for (int64_t h = 0; h < H; ++h) {
      const int64_t g = h / (H / G);
      for (int64_t i = 0; i < s.q_count; ++i) {
        const float* qi = q.data<float>() + (s.q_begin + i) * q.dim(1) + h * head_dim;
        const int64_t limit = s.k_count - s.q_count + i + 1;
        std::vector<double> p(static_cast<size_t>(limit));
        double top = -1e30, sum = 0;
        for (int64_t j = 0; j < limit; ++j) {
          const float* kj = k.data<float>() + (s.k_begin + j) * k.dim(1) + g * head_dim;
          double dot = 0;
          for (int64_t d = 0; d < head_dim; ++d) dot += double(qi[d]) * kj[d];
          p[j] = dot * scale;
          top = std::max(top, p[j]);
        }
        for (double& x : p) sum += x = std::exp(x - top);
        float* o = out.data<float>() + (s.q_begin + i) * q.dim(1) + h * head_dim;
        for (int64_t d = 0; d < head_dim; ++d) {
          double y = 0;
          for (int64_t j = 0; j < limit; ++j) {
            y += p[j] / sum * v.data<float>()[(s.k_begin + j) * v.dim(1) + g * head_dim + d];
          }
          o[d] = static_cast<float>(y);
        }
      }
    }
  }
  return out;
}

struct Case {
  std::vector<int64_t> lengths;
  int64_t heads, kv_heads, head_dim;
};

class AttentionTest : public OpTest {
 protected:
  static std::vector<Tensor> inputs(const Case& c) {
    const int64_t n = total(c.lengths);
    return {random_tensor({n, c.heads * c.head_dim}, 1),
            random_tensor({n, c.kv_heads * c.head_dim}, 2),
            random_tensor({n, c.kv_heads * c.head_dim}, 3)};
  }
  static Function function(const Case& c) {
    return [c, segments = documents(c.lengths)](Context& context, const std::vector<Var>& in) {
      return attention(context, in[0], in[1], in[2], segments, c.head_dim,
                       {.scale = 1.0f / std::sqrt(static_cast<float>(c.head_dim))});
    };
  }
  const std::vector<Case> cases_{{{1}, 1, 1, 4},   {{7, 1, 5}, 4, 2, 8},    {{3, 17}, 6, 2, 10},
                                 {{61}, 3, 3, 16}, {{5, 301, 2}, 4, 1, 24}, {{513, 64}, 2, 1, 64}};
};

TEST_F(AttentionTest, EqualsTheDefinition) {
  for (const Case& c : cases_) {
    const auto in = inputs(c);
    Context context{stream_};
    const Var y = function(c)(context, {Var(in[0]), Var(in[1]), Var(in[2])});
    const Tensor want = reference(in[0], in[1], in[2], *documents(c.lengths), c.head_dim,
                                  1.0f / std::sqrt(static_cast<float>(c.head_dim)));
    EXPECT_LT(relative_error(y.value(), want), 2e-6) << c.lengths[0];
  }
}

TEST_F(AttentionTest, GradientsEqualCentralDifferences) {
  for (const Case& c : {cases_[0], cases_[1], cases_[2], cases_[3]}) {
    expect_gradients(stream_, function(c), inputs(c));
  }
}

TEST_F(AttentionTest, LongSegmentsHaveTheSameGradientsAsInDouble) {
  // Against a block size above and below the kernel's: two segments of one length that hold the
  // same data give the same gradients, and a long one agrees with differences.
  expect_gradients(stream_, function(cases_[4]), inputs(cases_[4]), 6e-3);
}

TEST_F(AttentionTest, Bf16StaysNearF32) {
  for (const Case& c : cases_) expect_bf16_close(stream_, function(c), inputs(c), 3e-2);
}

TEST_F(AttentionTest, BitsDoNotDependOnThreads) {
  for (const Case& c : cases_) expect_thread_invariant(stream_, function(c), inputs(c));
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
