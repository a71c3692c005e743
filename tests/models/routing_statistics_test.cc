#include "models/routing_statistics.h"

#include <numeric>

#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

using testing::ElementsAre;

class RoutingStatisticsTest : public ModelsTest {
 protected:
  // The statistics of a forward pass over one document.
  std::shared_ptr<RoutingStatistics> routing_of(Model& model, const std::vector<int32_t>& tokens) {
    auto routing = std::make_shared<RoutingStatistics>();
    ops::Context context{stream_};
    model.hidden(context, Batch::of_documents({tokens}), {.routing = routing});
    return routing;
  }
};

TEST_F(RoutingStatisticsTest, CountsEachLayerOfExperts) {
  const auto model = load_model(case_folder("qwen3_moe"));  // the middle layer is dense
  const auto routing = routing_of(*model, {3, 17, 42, 5, 9});
  ASSERT_EQ(routing->layers.size(), 3U);
  EXPECT_EQ(routing->layers[1].rows, 0);
  for (const size_t layer : {0, 2}) {
    const ExpertLoad& load = routing->layers[layer];
    EXPECT_EQ(load.rows, 5);
    EXPECT_EQ(std::accumulate(load.tokens.begin(), load.tokens.end(), int64_t{0}), 5 * 2);
    EXPECT_NEAR(std::accumulate(load.scores.begin(), load.scores.end(), 0.0), 5.0, 1e-5);
  }
  RoutingStatistics twice = *routing;
  twice.add(*routing);
  EXPECT_EQ(twice.layers[0].rows, 10);
  EXPECT_EQ(twice.layers[2].tokens[0], 2 * routing->layers[2].tokens[0]);
  EXPECT_NEAR(balance_loss(twice), balance_loss(*routing), 1e-9) << "a mean over tokens";
}

TEST_F(RoutingStatisticsTest, AnEvenLoadHasTheLeastLoss) {
  // As many tokens and the same scores for each expert: E sum (K/E) (1/E) = K.
  const RoutingStatistics even{
      .balance_coefficient = 0.5,
      .layers = {{}, {.rows = 4, .tokens = {2, 2, 2, 2}, .scores = {1, 1, 1, 1}}}};
  EXPECT_DOUBLE_EQ(balance_loss(even), 2.0);
  const Tensor gradient = balance_gradient(even);  // 0.5 E f_e / rows
  for (const float g : gradient.span<float>()) EXPECT_FLOAT_EQ(g, 0.5f * 4 * 0.5f / 4);
  const RoutingStatistics uneven{
      .layers = {{.rows = 4, .tokens = {4, 4, 0, 0}, .scores = {2, 2, 0, 0}}}};
  EXPECT_DOUBLE_EQ(balance_loss(uneven), 4.0);
  EXPECT_EQ(balance_loss({}), 0.0);
}

TEST_F(RoutingStatisticsTest, MovesBiasesTowardsIdleExperts) {
  const auto model = load_model(case_folder("deepseek_v3"));  // dense, experts, experts
  own_weights(*model);
  const auto bias_of = [&](const char* layer) {
    for (const Parameter& p : model->parameters()) {
      if (p.name == std::string("model.layers.") + layer + ".mlp.gate.e_score_correction_bias") {
        const auto span = p.var.value().span<float>();
        return std::vector<float>(span.begin(), span.end());
      }
    }
    return std::vector<float>();
  };
  RoutingStatistics routing;
  routing.layers = {{},
                    {.rows = 8, .tokens = {2, 0, 4, 2, 2, 2, 2, 2}, .scores = {}},
                    {.rows = 8, .tokens = {2, 2, 2, 2, 2, 2, 0, 4}, .scores = {}}};
  const std::vector<float> before = bias_of("1"), last = bias_of("2");
  ASSERT_EQ(before.size(), 8U);
  update_correction_biases(*model, routing, 0.125);
  const std::vector<float> after = bias_of("1");
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[1], before[1] + 0.125f);
  EXPECT_EQ(after[2], before[2] - 0.125f);
  EXPECT_EQ(bias_of("2")[6], last[6] + 0.125f);
  EXPECT_EQ(bias_of("2")[7], last[7] - 0.125f);

  // Repeated, the idle experts get tokens: the loads of a document become less uneven.
  const std::vector<int32_t> tokens{3, 17, 42, 5, 9, 60, 1, 33, 34, 8, 21, 58, 2, 44, 7, 12, 30};
  const auto unevenness = [&] {
    int64_t sum = 0;
    const auto loads = routing_of(*model, tokens);
    for (const ExpertLoad& load : loads->layers) {
      for (const int64_t n : load.tokens) sum += n * n;
    }
    return sum;
  };
  const int64_t first = unevenness();
  for (int i = 0; i < 40; ++i) {
    update_correction_biases(*model, *routing_of(*model, tokens), 0.01);
  }
  EXPECT_LT(unevenness(), first);

  expect_error(ErrorCode::kInvalidArgument, "not those of this model",
               [&] { update_correction_biases(*model, {}, 0.1); });
  const auto softmax = load_model(case_folder("qwen3_moe"));
  expect_error(ErrorCode::kInvalidArgument, "no correction biases", [&] {
    update_correction_biases(*softmax, *routing_of(*softmax, {1, 2}), 0.1);
  });
}

TEST_F(RoutingStatisticsTest, ASigmoidRouterHasNoAuxiliaryLoss) {
  const auto model = load_model(case_folder("deepseek_v3"));
  const auto routing = std::make_shared<RoutingStatistics>();
  routing->balance_coefficient = 0.1;
  ops::Context context{stream_};
  const std::vector<int32_t> tokens{1, 2};
  expect_error(ErrorCode::kUnsupported, "sigmoid", [&] {
    model->hidden(context, Batch::of_documents({tokens}), {.routing = routing});
  });
}

}  // namespace
}  // namespace fundi::models
