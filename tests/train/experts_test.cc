// Training of models with experts: what balances them, and an exact resume with it.

#include <numeric>

#include "models/directory.h"
#include "tests/train/train_testing.h"

namespace fundi::train {
namespace {

using ::testing::HasSubstr;

Json softmax_experts() {
  return {{"model_type", "qwen3_moe"},
          {"hidden_size", 32},
          {"intermediate_size", 48},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 2},
          {"num_key_value_heads", 1},
          {"head_dim", 16},
          {"tie_word_embeddings", true},
          {"num_experts", 4},
          {"num_experts_per_tok", 1},
          {"moe_intermediate_size", 16},
          {"norm_topk_prob", false},
          {"initializer_range", 0.3}};
}

Json sigmoid_experts() {
  return {{"model_type", "deepseek_v3"},
          {"hidden_size", 32},
          {"intermediate_size", 48},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 2},
          {"kv_lora_rank", 16},
          {"qk_nope_head_dim", 16},
          {"qk_rope_head_dim", 8},
          {"v_head_dim", 16},
          {"tie_word_embeddings", true},
          {"n_routed_experts", 4},
          {"num_experts_per_tok", 2},
          {"moe_intermediate_size", 16},
          {"n_shared_experts", 1},
          {"n_group", 1},
          {"topk_group", 1},
          {"first_k_dense_replace", 1},
          {"initializer_range", 0.3}};
}

class TrainExperts : public ::testing::Test {
 protected:
  void SetUp() override {
    backends::install_all();
    use_threads(1);
  }
  TrainOptions options(const Json& config, const std::string& output) const {
    TrainOptions options = shop_.options("pretrain", shop_.texts(20), output);
    options.config = config;
    options.max_steps = 12;
    return options;
  }
  static double last_balance(const TrainResult& result) {
    return read_lines(result.metrics).back().at("router_aux_loss");
  }
  static std::vector<float> bias_of(const fs::path& directory) {
    const auto model = models::load_model(directory);
    for (const models::Parameter& p : model->parameters()) {
      if (!p.name.ends_with("e_score_correction_bias")) continue;
      const auto span = p.var.value().span<float>();
      return {span.begin(), span.end()};
    }
    return {};
  }

  Workshop shop_{"experts"};
};

TEST_F(TrainExperts, TheAuxiliaryLossEvensTheLoad) {
  TrainOptions weak = options(softmax_experts(), "weak");
  weak.router_aux_loss_coef = 1e-9;  // as good as none, but reported
  TrainOptions strong = options(softmax_experts(), "strong");
  strong.router_aux_loss_coef = 0.5;
  const double balanced = last_balance(train(strong));
  EXPECT_LT(balanced, last_balance(train(weak)));
  EXPECT_GE(balanced, 1.0 - 1e-6);  // K = 1 is the least
}

TEST_F(TrainExperts, BiasesMoveByTheRateAndAreResumedExactly) {
  TrainOptions whole = options(sigmoid_experts(), "whole");
  whole.dtype.reset();  // bf16: routers and biases stay f32
  whole.router_bias_update_rate = 0.01;
  const fs::path model = train(whole).model;
  const std::vector<float> bias = bias_of(model);
  ASSERT_EQ(bias.size(), 4U);
  EXPECT_NE(std::accumulate(bias.begin(), bias.end(), 0.0f,
                            [](float sum, float b) { return sum + std::abs(b); }),
            0.0f);
  for (const float b : bias) EXPECT_NEAR(b / 0.01f, std::round(b / 0.01f), 1e-3);

  TrainOptions parts = whole;
  parts.output_dir = shop_.folder() / "parts";
  parts.save_steps = 5;
  train(parts);
  fs::remove_all(parts.output_dir / "checkpoint-12");
  fs::remove_all(parts.output_dir / "checkpoint-10");
  train(parts);
  EXPECT_EQ(weights_of(parts.output_dir), weights_of(model));
}

TEST_F(TrainExperts, WhatCannotBeBalancedIsRefused) {
  const auto fails = [&](const Json& config, bool by_bias, ErrorCode code) {
    TrainOptions o = options(config, by_bias ? "bias" : "loss");
    o.router_aux_loss_coef = by_bias ? 0 : 0.1;
    o.router_bias_update_rate = by_bias ? 0.1 : 0;
    return message_of(code, [&] { train(o); });
  };
  EXPECT_THAT(fails(Workshop::tiny_config(), false, ErrorCode::kInvalidArgument),
              HasSubstr("router_aux_loss_coef: the model has no experts"));
  EXPECT_THAT(fails(softmax_experts(), true, ErrorCode::kInvalidArgument),
              HasSubstr("no correction biases"));
  EXPECT_THAT(fails(sigmoid_experts(), false, ErrorCode::kUnsupported), HasSubstr("sigmoid"));
}

}  // namespace
}  // namespace fundi::train
