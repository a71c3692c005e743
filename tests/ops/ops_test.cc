// Every differentiable op against central differences, bf16 against f32, and bit equality over
// thread counts.
#include "base/error.h"
#include "ops/add.h"
#include "ops/embedding.h"
#include "ops/glu.h"
#include "ops/head.h"
#include "ops/linear.h"
#include "ops/optimizer.h"
#include "ops/parts.h"
#include "ops/rms_norm.h"
#include "ops/rope.h"
#include "ops/scale.h"
#include "tests/ops/op_testing.h"

namespace fundi::ops {
namespace {

struct OpCase {
  const char* name;
  Function function;
  std::vector<Tensor> inputs;
  bool thread_invariant = true;  // products by oneDNN promise it for one thread count only
};

Tensor ids(std::initializer_list<int32_t> values) {
  return Tensor::from<int32_t>(std::span(values.begin(), values.size()),
                               {static_cast<int64_t>(values.size())});
}

Tensor counting(int64_t n) {
  Tensor t({n}, DType::kI32);
  for (int64_t i = 0; i < n; ++i) t.data<int32_t>()[i] = static_cast<int32_t>(i * 3);
  return t;
}

Tensor frequencies(int64_t pairs) {
  Tensor t({pairs}, DType::kF32);
  for (int64_t i = 0; i < pairs; ++i) {
    t.data<float>()[i] = std::pow(100.0f, -static_cast<float>(i) / static_cast<float>(pairs));
  }
  return t;
}

OpCase linear_case(int64_t n, int64_t in, int64_t out) {
  return {"linear",
          [](Context& c, const std::vector<Var>& v) {
            return linear(c, v[0], {v[1], v[2]});
          },
          {random_tensor({n, in}, 1), random_tensor({out, in}, 2, 0.3f), random_tensor({out}, 3)},
          false};
}

OpCase rope_case(int64_t n, int64_t heads, int64_t dim, const Rotation& rotation) {
  return {"rope",
          [=](Context& c, const std::vector<Var>& v) {
            return rope(c, v[0], counting(n), dim, rotation);
          },
          {random_tensor({n, heads * dim}, 4)}};
}

OpCase norm_case(int64_t n, int64_t channels) {
  return {"rms_norm",
          [](Context& c, const std::vector<Var>& v) { return rms_norm(c, v[0], v[1], 1e-5f); },
          {random_tensor({n, channels}, 5), random_tensor({channels}, 6)}};
}

OpCase glu_case(int64_t n, int64_t channels, Activation activation) {
  return {"glu",
          [activation](Context& c, const std::vector<Var>& v) {
            return glu(c, v[0], v[1], activation);
          },
          {random_tensor({n, channels}, 7), random_tensor({n, channels}, 8)}};
}

std::vector<OpCase> cases() {
  return {
      linear_case(1, 3, 5),
      linear_case(9, 17, 33),
      linear_case(70, 24, 7),
      norm_case(1, 1),
      norm_case(5, 19),
      norm_case(3, 64),
      {"rms_norm of heads, weight from one",
       [](Context& c, const std::vector<Var>& v) { return rms_norm(c, v[0], v[1], 1e-5f, 1.0f); },
       {random_tensor({3, 4 * 10}, 5), random_tensor({10}, 6)}},
      glu_case(1, 1, Activation::kSilu),
      glu_case(3, 37, Activation::kSilu),
      glu_case(3, 37, Activation::kGeluTanh),
      rope_case(1, 1, 2, {.frequencies = frequencies(1)}),
      rope_case(5, 3, 20, {.frequencies = frequencies(10)}),
      rope_case(5, 2, 36, {.frequencies = frequencies(17), .scale = 0.7f}),
      rope_case(4, 2, 12, {.frequencies = frequencies(4), .layout = RopeLayout::kInterleaved}),
      rope_case(4, 2, 12, {.frequencies = frequencies(3), .first = 5}),
      rope_case(4, 2, 12,
                {.frequencies = random_tensor({4, 3}, 40),
                 .first = 6,
                 .layout = RopeLayout::kInterleaved}),
      {"embedding",
       [](Context& c, const std::vector<Var>& v) {
         return embedding(c, ids({3, 0, 3, 6}), v[0]);
       },
       {random_tensor({7, 5}, 9)}},
      {"add, twice the same input",
       [](Context& c, const std::vector<Var>& v) { return add(c, add(c, v[0], v[1]), v[0]); },
       {random_tensor({3, 19}, 10), random_tensor({3, 19}, 11)}},
      {"scale, twice the same input",
       [](Context& c, const std::vector<Var>& v) {
         return scale(c, add(c, v[0], scale(c, v[0], 0.5f)), -3.0f);
       },
       {random_tensor({3, 19}, 10)}},
      {"slice_heads, two parts of one input",
       [](Context& c, const std::vector<Var>& v) {
         return add(c, slice_heads(c, v[0], 11, 0, 4), slice_heads(c, v[0], 11, 3, 4));
       },
       {random_tensor({5, 3 * 11}, 14)}},
      {"join_heads",
       [](Context& c, const std::vector<Var>& v) { return join_heads(c, v[0], 4, v[1], 9); },
       {random_tensor({5, 3 * 4}, 15), random_tensor({5, 3 * 9}, 16)}},
      {"join_heads with a part that all share",
       [](Context& c, const std::vector<Var>& v) { return join_heads(c, v[0], 4, v[1], 9); },
       {random_tensor({5, 3 * 4}, 15), random_tensor({5, 9}, 16)}},
      {"token_log_probs",
       [](Context& c, const std::vector<Var>& v) {
         return token_log_probs(c, v[0], {v[1]}, ids({2, 0, 10}));
       },
       {random_tensor({3, 6}, 12), random_tensor({11, 6}, 13)},
       false},
      {"token_log_probs of capped logits",
       [](Context& c, const std::vector<Var>& v) {
         return token_log_probs(c, v[0], {v[1], 2.0f}, ids({2, 0, 10}));
       },
       {random_tensor({3, 6}, 12), random_tensor({11, 6}, 13)},
       false},
  };
}

class OpsTest : public OpTest {};

TEST_F(OpsTest, GradientsEqualCentralDifferences) {
  for (const OpCase& c : cases()) {
    SCOPED_TRACE(c.name);
    expect_gradients(stream_, c.function, c.inputs);
  }
}

TEST_F(OpsTest, Bf16StaysNearF32) {
  for (const OpCase& c : cases()) {
    SCOPED_TRACE(c.name);
    expect_bf16_close(stream_, c.function, c.inputs);
  }
}

TEST_F(OpsTest, BitsDoNotDependOnThreads) {
  for (const OpCase& c : cases()) {
    SCOPED_TRACE(c.name);
    if (c.thread_invariant) expect_thread_invariant(stream_, c.function, c.inputs);
  }
  // Products: equal bits from run to run.
  const OpCase c = linear_case(130, 64, 96);
  const auto first = tape_gradients(stream_, c.function, c.inputs);
  const auto second = tape_gradients(stream_, c.function, c.inputs);
  for (size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(same_bits(first[i], second[i]));
}

TEST_F(OpsTest, MatmulEqualsTheDefinitionInEveryForm) {
  for (const auto& [m, n, k] : {std::array<int64_t, 3>{1, 1, 1},
                                {1, 37, 65},
                                {3, 130, 16},
                                {8, 5, 19},
                                {9, 33, 100},
                                {64, 48, 64},
                                {577, 31, 70}}) {
    for (int form = 0; form < 8; ++form) {
      const bool ta = form & 1, tb = form & 2, accumulate = form & 4;
      if (ta && tb) continue;
      const Tensor a = random_tensor(ta ? Shape{k, m} : Shape{m, k}, 1);
      const Tensor b = random_tensor(tb ? Shape{n, k} : Shape{k, n}, 2);
      const Tensor c = random_tensor({m, n}, 3), bias = random_tensor({n}, 4);
      Tensor want({m, n}, DType::kF32);
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          double sum =
              double(bias.data<float>()[j]) + (accumulate ? c.data<float>()[i * n + j] : 0);
          for (int64_t x = 0; x < k; ++x) {
            sum += double(a.data<float>()[ta ? x * m + i : i * k + x]) *
                   b.data<float>()[tb ? j * k + x : x * n + j];
          }
          want.data<float>()[i * n + j] = static_cast<float>(sum);
        }
      }
      matmul({.a = a,
              .b = b,
              .c = c,
              .transpose_a = ta,
              .transpose_b = tb,
              .accumulate = accumulate,
              .bias = bias},
             stream_);
      EXPECT_LT(relative_error(c, want), 3e-6) << m << " " << n << " " << k << " form " << form;
    }
  }
}

// Products started together have the bits of products one by one: of few rows and of many, sharing
// their a or not, with nothing to do among them.
TEST_F(OpsTest, ProductsTogetherEqualProductsAlone) {
  for (const DType dtype : {DType::kF32, DType::kBF16}) {
    for (const int64_t m : {int64_t{1}, int64_t{8}, int64_t{9}}) {
      const Tensor a = random_tensor({m, 40}, 1).as(dtype);
      std::vector<Matmul> products;
      for (const int64_t n : {200, 0, 17, 1}) {
        products.push_back({.a = a,
                            .b = random_tensor({n, 40}, 3).as(dtype),
                            .c = Tensor({m, n}, dtype),
                            .transpose_b = true,
                            .bias = random_tensor({n}, 4).as(dtype)});
      }
      products.push_back({.a = random_tensor({2, 24}, 2).as(dtype),
                          .b = random_tensor({300, 24}, 5).as(dtype),
                          .c = Tensor({2, 300}, DType::kF32),
                          .transpose_b = true});
      matmuls(products, stream_);
      for (const Matmul& product : products) {
        Matmul alone = product;
        alone.c = Tensor(product.c.shape(), product.c.dtype());
        matmul(alone, stream_);
        EXPECT_TRUE(same_bits(alone.c, product.c)) << m;
      }
    }
  }
}

TEST_F(OpsTest, Bf16ProductsSumInF32) {
  const int64_t k = 4096;
  Tensor a({1, k}, DType::kBF16), b({1, k}, DType::kBF16), c({1, 1}, DType::kF32);
  for (BFloat16& x : a.span<BFloat16>()) x = BFloat16(1.0f);
  for (BFloat16& x : b.span<BFloat16>()) x = BFloat16(1.0f);
  matmul({.a = a, .b = b, .c = c, .transpose_b = true}, stream_);
  EXPECT_EQ(*c.data<float>(), 4096.0f);  // a bf16 sum would stop at 256
}

TEST_F(OpsTest, HeadLossEqualsLogProbs) {
  const Tensor x = random_tensor({1500, 8}, 1), w = random_tensor({33, 8}, 2);
  Tensor targets({1500}, DType::kI32), weights = random_tensor({1500}, 3);
  Random random(4);
  for (int32_t& t : targets.span<int32_t>()) t = static_cast<int32_t>(random.below(33));
  const auto run = [&](bool fused) {
    Tape tape;
    Context context{stream_, &tape};
    const Var vx(x, true), vw(w, true);
    Tensor log_probs;
    if (fused) {
      log_probs = head_loss(context, vx, {vw}, targets, weights);
    } else {
      Var y = token_log_probs(context, vx, {vw}, targets);
      log_probs = y.value();
      Tensor gradient = weights.to_f32();
      for (float& g : gradient.span<float>()) g = -g;
      y.set_grad(gradient);
    }
    tape.backward();
    return std::array{log_probs, vx.grad(), vw.grad()};
  };
  const auto one = run(true), two = run(false);
  for (size_t i = 0; i < one.size(); ++i) EXPECT_LT(relative_error(one[i], two[i]), 1e-6) << i;
}

TEST_F(OpsTest, PartsAreCopiedBetweenLayouts) {
  const int64_t N = 3, H = 2, D = 7;
  const Tensor x = random_tensor({N, H, D}, 1);
  Tensor by_head({H, N, 4}, DType::kF32), back = Tensor::zeros({N, H, 5}, DType::kF32);
  copy_part({.x = x, .y = by_head, .x_first = 2, .width = 4, .y_by_head = true}, stream_);
  copy_part({.x = by_head, .y = back, .y_first = 1, .width = 4, .x_by_head = true}, stream_);
  for (int64_t n = 0; n < N; ++n) {
    for (int64_t h = 0; h < H; ++h) {
      EXPECT_EQ(back.data<float>()[(n * H + h) * 5], 0.0f);
      for (int64_t i = 0; i < 4; ++i) {
        const float want = x.data<float>()[(n * H + h) * D + 2 + i];
        EXPECT_EQ(by_head.data<float>()[(h * N + n) * 4 + i], want);
        EXPECT_EQ(back.data<float>()[(n * H + h) * 5 + 1 + i], want);
      }
    }
  }
}

TEST_F(OpsTest, CrossEntropyWithstandsHugeLogits) {
  const Tensor x = random_tensor({4, 8}, 1, 1e3f), w = random_tensor({33, 8}, 2, 10.0f);
  Context context{stream_};
  const Tensor log_probs =
      head_loss(context, Var(x), {Var(w)}, ids({0, 1, 2, 3}), random_tensor({4}, 1));
  for (float p : log_probs.span<float>()) {
    EXPECT_TRUE(std::isfinite(p));
    EXPECT_LE(p, 0.0f);
  }
}

TEST_F(OpsTest, GatesWithstandHugeValues) {
  const std::vector<float> z{-1e4f, -1000, -300, -200, -177, -120, -89, -20, 20, 89, 200, 1e4f};
  const auto n = static_cast<int64_t>(z.size());
  const Tensor ones = Tensor::from<float>(std::vector<float>(z.size(), 1.0f), {n});
  for (const Activation activation : {Activation::kSilu, Activation::kGeluTanh}) {
    Tape tape;
    Context context{stream_, &tape};
    Var gate(Tensor::from<float>(z, {n})), up(ones);
    gate.set_needs_grad(true);
    Var y = glu(context, gate, up, activation);
    y.set_grad(ones);
    tape.backward();
    for (int64_t i = 0; i < n; ++i) {
      EXPECT_NEAR(y.value().data<float>()[i], std::max(z[i], 0.0f), 1e-6 + 1e-6 * std::abs(z[i]));
      EXPECT_NEAR(gate.grad().data<float>()[i], z[i] > 0 ? 1.0f : 0.0f, 1e-6) << z[i];
    }
  }
}

TEST_F(OpsTest, CheckpointGivesTheSameBits) {
  const Tensor x = random_tensor({6, 16}, 1), w = random_tensor({16, 16}, 2);
  const auto block = [](Context& c, const Var& in, const Var& weight) {
    return add(c, in, glu(c, linear(c, in, {weight}), in, Activation::kSilu));
  };
  const auto run = [&](bool recompute) {
    return tape_gradients(stream_,
                          [&](Context& c, const std::vector<Var>& v) {
                            Var h = v[0];
                            for (int i = 0; i < 3; ++i) {
                              const auto step = [&block, weight = v[1]](Context& inner,
                                                                        const Var& in) {
                                return block(inner, in, weight);
                              };
                              h = recompute ? checkpoint(c, h, step) : step(c, h);
                            }
                            return h;
                          },
                          {x, w});
  };
  const auto plain = run(false), saved = run(true);
  for (size_t i = 0; i < plain.size(); ++i) EXPECT_TRUE(same_bits(plain[i], saved[i])) << i;
}

TEST_F(OpsTest, AdamWEqualsTheFormulas) {
  const int64_t n = 1031;
  const Tensor master = random_tensor({n}, 1), m = Tensor::zeros({n}, DType::kF32),
               v = Tensor::zeros({n}, DType::kF32);
  Tensor param({n}, DType::kBF16);
  std::vector<double> w(n), dm(n, 0.0), dv(n, 0.0);
  for (int64_t i = 0; i < n; ++i) w[i] = master.data<float>()[i];
  for (int64_t step = 1; step <= 3; ++step) {
    const Tensor grad = random_tensor({n}, 10 + step);
    for (int64_t i = 0; i < n; ++i) {
      const double g = grad.data<float>()[i] * 0.5;
      dm[i] = 0.9 * dm[i] + 0.1 * g;
      dv[i] = 0.95 * dv[i] + 0.05 * g * g;
      const double update = dm[i] / (1 - std::pow(0.9, step)) /
                            (std::sqrt(dv[i] / (1 - std::pow(0.95, step))) + 1e-8);
      w[i] -= 0.01 * (update + 0.1 * w[i]);
    }
    adamw({.master = master,
           .m = m,
           .v = v,
           .grad = grad,
           .param = param,
           .learning_rate = 0.01f,
           .beta1 = 0.9f,
           .beta2 = 0.95f,
           .weight_decay = 0.1f,
           .grad_scale = 0.5f,
           .step = step},
          stream_);
    for (float g : grad.span<float>()) EXPECT_EQ(g, 0.0f);
  }
  for (int64_t i = 0; i < n; ++i) {
    EXPECT_NEAR(master.data<float>()[i], w[i], 2e-6);
    EXPECT_EQ(param.data<BFloat16>()[i].bits, BFloat16(master.data<float>()[i]).bits);
  }
}

TEST_F(OpsTest, SquaredNormIsExactEnough) {
  const Tensor x = random_tensor({100003}, 1);
  double want = 0;
  for (float a : x.span<float>()) want += double(a) * a;
  Tensor out({1}, DType::kF32);
  squared_norm({.x = x, .out = out}, stream_);
  EXPECT_NEAR(*out.data<float>(), want, 1e-5 * want);
}

TEST_F(OpsTest, WrongShapesAreNamed) {
  Context context{stream_};
  try {
    rms_norm(context, Var(random_tensor({2, 8}, 1)), Var(random_tensor({7}, 2)), 1e-5f);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
    EXPECT_STREQ(e.what(), "rms_norm: x must be [N, H*C] with the C channels of weight");
  }
}

}  // namespace
}  // namespace fundi::ops
