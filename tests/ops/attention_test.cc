#include "ops/attention.h"

#include "base/error.h"
#include "tensor/blocks.h"
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

// One thread: waiting for others would take longer than these small inputs.
TEST_F(AttentionTest, GradientsEqualCentralDifferences) {
  set_thread_count(1);
  for (const Case& c : small_) expect_gradients(stream_, function(c), inputs(c));
}

TEST_F(AttentionTest, LongSegmentsHaveTheGradientsOfCentralDifferences) {
  set_thread_count(1);
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

// A cache [capacity, kv_heads, width] of any type, and what it holds in f32.
struct Cache {
  Tensor stored, decoded;
  static Cache random(int64_t capacity, int64_t kv_heads, int64_t width, DType dtype,
                      uint64_t seed) {
    const Shape shape{capacity, kv_heads, width};
    const Tensor values = random_tensor(shape, seed);
    if (dtype != DType::kQ8_0) return {values.as(dtype), values.as(dtype).to_f32()};
    Cache cache{Tensor(shape, dtype), Tensor(shape, DType::kF32)};
    auto* blocks = static_cast<BlockQ8_0*>(cache.stored.raw());
    for (int64_t i = 0; i < values.elements(); ++i) {
      BlockQ8_0& block = blocks[i / kBlock];
      if (i % kBlock == 0) block.d = Float16(0.02f + 0.001f * static_cast<float>(i / kBlock % 7));
      const float q = std::round(values.data<float>()[i] * 40);
      block.qs[i % kBlock] = static_cast<int8_t>(std::clamp(q, -127.0f, 127.0f));
      cache.decoded.data<float>()[i] = static_cast<float>(block.d) * block.qs[i % kBlock];
    }
    return cache;
  }
};

struct CacheCase {
  Case shape;  // lengths: new queries and keys of each sequence, in turn
  bool values = true;
};

// The first keys of each cache belong to nobody.
constexpr int64_t kUnused = 3;

class AttentionCacheTest : public AttentionTest {
 protected:
  const std::vector<CacheCase> cases_{
      {{{1, 1}, 4, 2, 32}},
      {{{1, 37, 3, 40, 2, 2}, 6, 2, 64}},
      {{{1, 700, 11, 530}, 4, 1, 64, 96}},
      {{{1, 1500, 2, 90}, 4, 2, 32, 0, 1100}},
      {{{1, 2100, 60, 1300}, 8, 8, 32, 0, 0, 2.0f}},
      {{{1, 600, 3, 33}, 16, 1, 96, 64}, false},
      {{{1, 1100}, 50, 1, 576, 512}, false},
  };
  struct Outputs {
    Tensor got, want;  // want: by the definition, on what the caches hold
  };
  Outputs run(const CacheCase& test, DType q_dtype, DType k_dtype, DType v_dtype,
              bool with_definition = true) {
    const Case& c = test.shape;
    int64_t rows = 0;
    for (size_t i = 0; i < c.lengths.size(); i += 2) rows += c.lengths[i];
    const Tensor q = random_tensor({rows, c.heads * c.head_dim}, 1).as(q_dtype);
    Outputs out{{}, Tensor({rows, c.heads * c.values()}, DType::kF32)};
    auto segments = std::make_shared<Segments>();
    rows = 0;
    for (size_t i = 0; i < c.lengths.size(); i += 2) {
      const int64_t queries = c.lengths[i], keys = c.lengths[i + 1];
      const auto cache = [&](int64_t width, DType dtype, uint64_t seed) {
        return Cache::random(keys + 9, c.kv_heads, width, dtype, seed + i);
      };
      const Cache k = cache(c.head_dim, k_dtype, 10);
      const Cache v = test.values ? cache(c.values(), v_dtype, 20) : Cache{};
      AttentionSegment s{.q_begin = rows,
                         .q_count = queries,
                         .k_begin = kUnused,
                         .k_count = keys,
                         .k = k.stored,
                         .v = v.stored};
      segments->push_back(s);
      s.q_begin = 0;
      if (with_definition) {
        const Tensor own = q.rows(rows, queries).to_f32();
        out.want.rows(rows, queries).copy_from(reference(c, own, k.decoded, v.decoded, {s}));
      }
      rows += queries;
    }
    Context context{stream_};
    out.got = attention(context, Var(q), Var(), Var(), segments, c.head_dim, c.mask(), c.values())
                  .value();
    return out;
  }
  const std::vector<DType> stored_{DType::kF32, DType::kBF16, DType::kF16, DType::kQ8_0};
};

TEST_F(AttentionCacheTest, EqualsTheDefinitionOnWhatTheCacheHolds) {
  for (const CacheCase& c : cases_) {
    for (const DType dtype : stored_) {
      const Outputs exact = run(c, DType::kF32, dtype, dtype);
      EXPECT_LT(relative_error(exact.got, exact.want), 3e-6) << c.shape.lengths[1] << name(dtype);
      const Outputs rounded = run(c, DType::kBF16, dtype, dtype);
      EXPECT_LT(relative_error(rounded.got, rounded.want, 1.0), 2e-2)
          << c.shape.lengths[1] << name(dtype);
    }
  }
}

TEST_F(AttentionCacheTest, KeysAndValuesMayDiffer) {
  for (const DType k : stored_) {
    for (const DType v : stored_) {
      const Outputs out = run(cases_[1], DType::kF32, k, v);
      EXPECT_LT(relative_error(out.got, out.want), 3e-6) << name(k) << name(v);
    }
  }
}

TEST_F(AttentionCacheTest, BitsDoNotDependOnThreads) {
  for (const CacheCase& c : cases_) {
    for (const DType q : {DType::kF32, DType::kBF16}) {
      Tensor first;
      for (const int threads : {1, 2, 3, 5}) {
        set_thread_count(threads);
        const Tensor out = run(c, q, DType::kQ8_0, DType::kBF16, false).got;
        if (!first.defined()) first = out;
        EXPECT_TRUE(same_bits(out, first)) << c.shape.lengths[1] << " keys, " << threads;
      }
    }
  }
}

TEST_F(AttentionCacheTest, DecodingEqualsTheFullPass) {
  const int64_t n = 37, heads = 4, kv = 2, dim = 16;
  const Tensor q = random_tensor({n, heads * dim}, 1), k = random_tensor({n, kv * dim}, 2),
               v = random_tensor({n, kv * dim}, 3);
  Context context{stream_};
  const Tensor full =
      attention(context, Var(q), Var(k), Var(v), documents({n}), dim, {.scale = 0.25f}).value();
  for (const int64_t count : {1, 3, 11}) {
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

// What lies before the window is not touched: it may have been overwritten.
TEST_F(AttentionCacheTest, ReadsNothingBeforeTheWindow) {
  const int64_t n = 800, window = 33, dim = 32;
  const Tensor q = random_tensor({2, dim}, 1);
  for (const DType dtype : {DType::kF32, DType::kBF16}) {
    const Tensor k = random_tensor({n, 1, dim}, 2), v = random_tensor({n, 1, dim}, 3);
    std::fill_n(k.data<float>(), (n - window - 1) * dim, NAN);
    std::fill_n(v.data<float>(), (n - window - 1) * dim, NAN);
    auto segments = std::make_shared<Segments>();
    segments->push_back({.q_begin = 0,
                         .q_count = 2,
                         .k_begin = 0,
                         .k_count = n,
                         .k = k.as(dtype),
                         .v = v.as(dtype)});
    Context context{stream_};
    const Tensor out = attention(context, Var(q.as(dtype)), Var(), Var(), segments, dim,
                                 {.scale = 0.2f, .window = window})
                           .value()
                           .to_f32();
    for (float x : out.span<float>()) ASSERT_TRUE(std::isfinite(x));
  }
}

TEST_F(AttentionTest, RefusesSegmentsOutsideTheTensors) {
  const Case c{{4}, 2, 1, 8};
  const auto in = inputs(c);
  Context context{stream_};
  EXPECT_THROW(attention(context, Var(in[0]), Var(in[1]), Var(in[2]), documents({5}), 8, {}),
               Error);
}

TEST_F(AttentionCacheTest, RefusesWhatItCannotRead) {
  const auto attend = [&](const Tensor& k, bool train) {
    auto segments = std::make_shared<Segments>();
    segments->push_back(
        {.q_begin = 0, .q_count = 1, .k_begin = 0, .k_count = k.dim(0), .k = k, .v = k});
    Tape tape;
    Context context{stream_, &tape};
    const int64_t dim = k.dim(2);
    return attention(context, Var(random_tensor({1, dim}, 1), train),
                     Var(random_tensor({1, dim}, 1)), Var(random_tensor({1, dim}, 1)), segments,
                     dim, {});
  };
  EXPECT_NO_THROW(attend(Tensor::zeros({2, 1, 32}, DType::kQ8_0), false));
  EXPECT_THROW(attend(Tensor::zeros({2, 1, 32}, DType::kI8), false), Error);
  EXPECT_THROW(attend(Tensor::zeros({2, 2, 48}, DType::kQ8_0), false), Error);
  EXPECT_THROW(attend(Tensor::zeros({2, 1, 32}, DType::kF32), true), Error);
}

}  // namespace
}  // namespace fundi::ops
