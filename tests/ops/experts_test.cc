// Routing and experts: against the definitions, central differences, bf16 against f32, and equal
// bits for any number of threads.
#include "ops/experts.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "ops/add.h"
#include "ops/route.h"
#include "tests/ops/op_testing.h"

namespace fundi::ops {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

Tensor values(std::initializer_list<float> list, Shape shape) {
  return Tensor::from<float>(std::span(list.begin(), list.size()), shape);
}

std::vector<int32_t> ints(const Tensor& tensor) {
  const auto span = tensor.span<int32_t>();
  return {span.begin(), span.end()};
}

// Logits, and sums of two of them, far enough apart that no small step changes the choice.
Tensor spread_logits(int64_t rows, int64_t experts) {
  Tensor t({rows, experts}, DType::kF32);
  for (int64_t i = 0; i < t.elements(); ++i) {
    const auto rank = static_cast<float>(i * 7 % (experts + 5));
    t.data<float>()[i] = 0.05f * rank * (rank + 3.0f) - 2.0f;
  }
  return t;
}

class ExpertsTest : public OpTest {
 protected:
  Routed routed(const Tensor& logits, const Tensor& bias, const Routing& routing) {
    Context context{stream_};
    return route(context, Var(logits), bias, routing);
  }
  static std::vector<Routing> routings() {
    return {
        {.experts_per_token = 2},
        {.experts_per_token = 3, .normalise = true},
        {.experts_per_token = 2, .groups = 3, .top_groups = 2, .scale = 1.5f},
        {.experts_per_token = 2,
         .score = Routing::Score::kSigmoid,
         .groups = 3,
         .top_groups = 2,
         .group_score = Routing::GroupScore::kTwoBest,
         .normalise = true,
         .scale = 2.5f},
    };
  }
};

TEST_F(ExpertsTest, ChoosesTheBestAndWeightsThem) {
  const Tensor logits = values({0, 1, 2, -1, 3, 3, 0, 0}, {2, 4});
  const Routed plain = routed(logits, {}, {.experts_per_token = 2});
  EXPECT_THAT(ints(plain.experts), ElementsAre(2, 1, 0, 1));
  const float sum = 1 + std::exp(1.0f) + std::exp(2.0f) + std::exp(-1.0f);
  EXPECT_NEAR(plain.weights.value().data<float>()[0], std::exp(2.0f) / sum, 1e-6);
  EXPECT_NEAR(plain.weights.value().data<float>()[1], std::exp(1.0f) / sum, 1e-6);

  const Routed normalised =
      routed(logits, {}, {.experts_per_token = 2, .normalise = true, .scale = 3.0f});
  const float share = std::exp(2.0f) / (std::exp(2.0f) + std::exp(1.0f));
  const auto weights = normalised.weights.value().span<float>();
  EXPECT_THAT(std::vector<float>(weights.begin(), weights.end()),
              ElementsAre(FloatNear(3 * share, 1e-6f), FloatNear(3 - 3 * share, 1e-6f),
                          FloatNear(1.5f, 1e-6f), FloatNear(1.5f, 1e-6f)));
}

TEST_F(ExpertsTest, ABiasMovesTheChoiceAlone) {
  const Tensor logits = values({0, 1, 2, -1}, {1, 4});
  const Routing routing{.experts_per_token = 1, .score = Routing::Score::kSigmoid};
  const Routed moved = routed(logits, values({0, 0, 0, 1}, {4}), routing);
  EXPECT_THAT(ints(moved.experts), ElementsAre(3));
  EXPECT_NEAR(*moved.weights.value().data<float>(), 1 / (1 + std::exp(1.0f)), 1e-6);
}

TEST_F(ExpertsTest, GroupsLimitTheChoice) {
  // Group 0 has the best expert, group 1 the best two together.
  const Tensor logits = values({3, -3, 2, 2, 1, 1}, {1, 6});
  Routing routing{.experts_per_token = 2, .groups = 3, .top_groups = 1};
  EXPECT_THAT(ints(routed(logits, {}, routing).experts), ElementsAre(0, 1));
  routing.group_score = Routing::GroupScore::kTwoBest;
  routing.score = Routing::Score::kSigmoid;
  EXPECT_THAT(ints(routed(logits, {}, routing).experts), ElementsAre(2, 3));
  routing.experts_per_token = 3;
  EXPECT_THROW(routed(logits, {}, routing), Error);
}

TEST_F(ExpertsTest, PlansSlotsByExpert) {
  const std::array<int32_t, 6> chosen{2, 0, 2, 3, 0, 2};
  const ExpertPlan plan = plan_experts(Tensor::from(std::span<const int32_t>(chosen), {3, 2}), 4);
  EXPECT_THAT(plan.offsets, ElementsAre(0, 2, 2, 5, 6));
  EXPECT_THAT(ints(plan.slot_of), ElementsAre(2, 0, 3, 5, 1, 4));
}

TEST_F(ExpertsTest, RoutingHasTheGradientOfItsWeights) {
  for (const Routing& routing : routings()) {
    const Tensor bias = random_tensor({6}, 3, 0.05f);
    const Function f = [&](Context& c, const std::vector<Var>& v) {
      return route(c, v[0], bias, routing).weights;
    };
    const std::vector<Tensor> inputs{spread_logits(5, 6)};
    expect_gradients(stream_, f, inputs);
    expect_thread_invariant(stream_, f, inputs);
  }
}

TEST_F(ExpertsTest, AGradientOfScoresReachesTheLogits) {
  for (const auto score : {Routing::Score::kSoftmax, Routing::Score::kSigmoid}) {
    const Tensor logits = spread_logits(3, 5), dscores = random_tensor({5}, 8);
    const Routing routing{.experts_per_token = 1, .score = score};
    Tape tape;
    Context context{stream_, &tape};
    const Var v(logits, true);
    Var weights = route(context, v, {}, routing, [&] { return dscores; }).weights;
    weights.set_grad(Tensor::zeros(weights.value().shape(), DType::kF32));
    tape.backward();
    const auto loss = [&](const Tensor& at) {
      const Tensor scores = routed(at, {}, routing).scores;
      double sum = 0;
      for (int64_t i = 0; i < scores.elements(); ++i) {
        sum += double(scores.data<float>()[i]) * dscores.data<float>()[i % 5];
      }
      return sum;
    };
    for (int64_t i = 0; i < logits.elements(); ++i) {
      Tensor up = logits.to_f32(), down = logits.to_f32();
      up.data<float>()[i] += 1e-2f;
      down.data<float>()[i] -= 1e-2f;
      EXPECT_NEAR(v.grad().data<float>()[i], (loss(up) - loss(down)) / 2e-2, 2e-4) << i;
    }
  }
}

// A layer of experts of x, logits, and two sets of weights of each expert.
Function layer(int64_t experts, const Routing& routing) {
  return [=](Context& c, const std::vector<Var>& v) {
    const Routed routed = route(c, v[1], {}, routing);
    const ExpertPlan plan = plan_experts(routed.experts, experts);
    const auto first = v.begin() + 2, second = first + experts;
    const std::vector<std::vector<Var>> sets{{first, second}, {second, second + experts}};
    const std::vector<Var> y = expert_linears(c, gather_tokens(c, v[0], plan), plan, sets);
    return add(c, combine_tokens(c, y[0], routed.weights, plan),
               combine_tokens(c, y[1], routed.weights, plan));
  };
}

std::vector<Tensor> layer_inputs(int64_t rows, int64_t experts, const Tensor& logits) {
  std::vector<Tensor> inputs{random_tensor({rows, 7}, 1), logits};
  for (int64_t i = 0; i < 2 * experts; ++i) {
    inputs.push_back(random_tensor({5, 7}, 10 + static_cast<uint64_t>(i), 0.4f));
  }
  return inputs;
}

TEST_F(ExpertsTest, ALayerHasTheGradientsOfItsParts) {
  for (const int64_t rows : {5, 40}) {
    const Function f = layer(4, {.experts_per_token = 2, .normalise = true});
    const std::vector<Tensor> inputs = layer_inputs(rows, 4, spread_logits(rows, 4));
    expect_gradients(stream_, f, inputs);
    expect_bf16_close(stream_, f, inputs, 4e-2);
  }
}

TEST_F(ExpertsTest, EachTokenMeetsItsOwnExperts) {
  const int64_t rows = 6;
  const Tensor logits = spread_logits(rows, 4);
  const std::vector<Tensor> inputs = layer_inputs(rows, 4, logits);
  const Routing routing{.experts_per_token = 2};
  Context context{stream_};
  std::vector<Var> vars;
  for (const Tensor& t : inputs) vars.emplace_back(t);
  const Tensor y = layer(4, routing)(context, vars).value();
  const Routed chosen = routed(logits, {}, routing);
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t o = 0; o < 5; ++o) {
      double want = 0;
      for (int64_t k = 0; k < 2; ++k) {
        const auto e = static_cast<size_t>(chosen.experts.data<int32_t>()[n * 2 + k]);
        for (int64_t i = 0; i < 7; ++i) {
          const double w = double(inputs[2 + e].data<float>()[o * 7 + i]) +
                           inputs[6 + e].data<float>()[o * 7 + i];
          want += double(chosen.weights.value().data<float>()[n * 2 + k]) *
                  inputs[0].data<float>()[n * 7 + i] * w;
        }
      }
      EXPECT_NEAR(y.data<float>()[n * 5 + o], want, 1e-5);
    }
  }
}

TEST_F(ExpertsTest, AnIdleExpertGetsNoGradient) {
  const Tensor logits = values({5, 1, 0, 5, 1, 0}, {2, 3});
  std::vector<Var> vars;
  for (const Tensor& t : layer_inputs(2, 3, logits)) vars.emplace_back(t, true);
  Tape tape;
  Context context{stream_, &tape};
  Var y = layer(3, {.experts_per_token = 2})(context, vars);
  y.set_grad(random_tensor(y.value().shape(), 3));
  tape.backward();
  EXPECT_TRUE(vars[2].grad().defined());
  EXPECT_FALSE(vars[4].grad().defined());
}

}  // namespace
}  // namespace fundi::ops
