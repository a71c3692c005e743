#include "models/config.h"

#include "base/json.h"
#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

Json base() {
  return Json::parse(R"({"model_type": "llama", "vocab_size": 100, "hidden_size": 32,
    "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4})");
}

Json with(const char* key, Json value) {
  Json json = base();
  json[key] = std::move(value);
  return json;
}

ModelConfig read(const Json& json) { return ModelConfig::from_json(json, "config.json"); }

TEST(ModelConfigTest, FillsDefaults) {
  const ModelConfig config = read(base());
  EXPECT_EQ(config.num_key_value_heads, 4);
  EXPECT_EQ(config.head_dim, 8);
  EXPECT_EQ(config.max_position_embeddings, 2048);
  EXPECT_EQ(config.rope.theta, 10000.0);
  EXPECT_FALSE(config.tie_word_embeddings);
  EXPECT_FALSE(config.bos_token_id.has_value());
  EXPECT_TRUE(config.eos_token_ids.empty());
}

TEST(ModelConfigTest, ReadsWhatTransformers4Writes) {
  const ModelConfig config = read(Json::parse(R"({
    "_name_or_path": "HuggingFaceTB/SmolLM2-135M", "architectures": ["LlamaForCausalLM"],
    "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 0, "eos_token_id": 0,
    "hidden_act": "silu", "hidden_size": 576, "initializer_range": 0.041666666666666664,
    "intermediate_size": 1536, "is_llama_config": true, "max_position_embeddings": 8192,
    "mlp_bias": false, "model_type": "llama", "num_attention_heads": 9, "num_hidden_layers": 30,
    "num_key_value_heads": 3, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
    "rope_interleaved": false, "rope_scaling": null, "rope_theta": 100000,
    "tie_word_embeddings": true, "torch_dtype": "bfloat16", "transformers_version": "4.40.1",
    "use_cache": true, "vocab_size": 49152})"));
  EXPECT_EQ(config.head_dim, 64);
  EXPECT_EQ(config.num_key_value_heads, 3);
  EXPECT_EQ(config.rope.theta, 100000.0);
  EXPECT_EQ(config.rms_norm_eps, 1e-5);
  EXPECT_TRUE(config.tie_word_embeddings);
  EXPECT_EQ(config.bos_token_id, 0);
  EXPECT_THAT(config.eos_token_ids, testing::ElementsAre(0));
}

TEST(ModelConfigTest, ReadsTheRopeOfTransformers5) {
  EXPECT_EQ(
      read(with("rope_parameters", {{"rope_type", "default"}, {"rope_theta", 5e5}})).rope.theta,
      5e5);
  Json both = with("rope_parameters", {{"rope_type", "default"}, {"rope_theta", 5e5}});
  both["rope_theta"] = 1e4;
  expect_error(ErrorCode::kInvalidArgument, "'rope_parameters' says", [&] { read(both); });
}

TEST(ModelConfigTest, WritesWhatItReads) {
  ModelConfig config = read(base());
  config.bos_token_id = 1;
  config.eos_token_ids = {2, 7};
  config.rope.theta = 77777.5;
  config.rms_norm_eps = 1e-5;
  config.mlp_bias = true;
  const Json json = config.to_json("bfloat16");
  EXPECT_EQ(json["torch_dtype"], "bfloat16");
  EXPECT_EQ(json["architectures"][0], "LlamaForCausalLM");
  EXPECT_EQ(json["pad_token_id"], nullptr);
  EXPECT_EQ(read(json).to_json("bfloat16"), json);
}

// The config.json files of released models, as their publishers wrote them.
class ReleasedConfigTest : public testing::Test {
 protected:
  ModelConfig released(const std::string& name) const { return read(all_.at(name)); }
  const Json all_ = read_json(std::filesystem::path(FUNDI_TEST_DATA) / "released_configs.json");
};

TEST_F(ReleasedConfigTest, AllAreReadAndComeBack) {
  for (const auto& [name, json] : all_.items()) {
    SCOPED_TRACE(name);
    const Json written = read(json).to_json("bfloat16");
    EXPECT_EQ(read(written).to_json("bfloat16"), written);
  }
}

TEST_F(ReleasedConfigTest, HaveTheirFamiliesMeaning) {
  const RopeConfig llama = released("Llama-3.1-8B").rope;
  EXPECT_EQ(llama.scaling, RopeConfig::Scaling::kLlama3);
  EXPECT_EQ(llama.factor, 8.0);
  EXPECT_EQ(llama.original_max_position_embeddings, 8192);

  EXPECT_EQ(released("Mistral-7B-v0.1").window.of(31), 4096);
  EXPECT_EQ(released("Mistral-7B-v0.3").window.of(0), 0);
  EXPECT_EQ(released("DeepSeek-R1-Distill-Qwen-1.5B").window.of(27), 0);
  EXPECT_EQ(released("DeepSeek-R1-Distill-Qwen-1.5B").head_dim, 128);
  EXPECT_TRUE(released("Qwen3-0.6B").tie_word_embeddings);

  const ModelConfig experts = released("Qwen3-30B-A3B");
  EXPECT_EQ(experts.moe.num_experts, 128);
  EXPECT_EQ(experts.moe.layers, std::vector<bool>(48, true));

  const ModelConfig gemma2 = released("gemma-2-2b");
  EXPECT_TRUE(gemma2.tie_word_embeddings) << "the default of the family";
  EXPECT_EQ(gemma2.window.of(0), 4096);
  EXPECT_EQ(gemma2.window.of(1), 0);
  EXPECT_EQ(gemma2.attn_logit_softcapping, 50.0);

  const ModelConfig gemma3 = released("gemma-3-4b-it");
  EXPECT_EQ(gemma3.vocab_size, 262208);
  EXPECT_EQ(gemma3.num_attention_heads, 8);
  EXPECT_EQ(gemma3.window.of(4), 1024);
  EXPECT_EQ(gemma3.window.of(5), 0);
  EXPECT_EQ(gemma3.rope.scaling, RopeConfig::Scaling::kLinear);
  EXPECT_EQ(gemma3.local_rope->theta, 10000.0);
  EXPECT_THAT(gemma3.eos_token_ids, testing::ElementsAre(1, 106));

  const ModelConfig v2 = released("DeepSeek-V2-Lite");
  EXPECT_EQ(v2.mla.q_lora_rank, 0);
  EXPECT_EQ(v2.rope.mscale, 0.707);
  EXPECT_FALSE(v2.moe.layers[0]);

  const ModelConfig r1 = released("DeepSeek-R1");
  EXPECT_EQ(r1.fp8.rows, 128);
  EXPECT_EQ(r1.mla.kv_lora_rank, 512);
  EXPECT_EQ(r1.moe.topk_group, 4);
  EXPECT_TRUE(r1.mla.rope_interleave);
}

TEST(ModelConfigTest, RefusesAnUnknownKeyByName) {
  expect_error(ErrorCode::kUnsupported, "config.json: key 'sliding_window'",
               [] { read(with("sliding_window", 4096)); });
  // Even null: nobody here knows what its absence means.
  expect_error(ErrorCode::kUnsupported, "qk_norm", [] { read(with("qk_norm", nullptr)); });
}

TEST(ModelConfigTest, RefusesAnotherMeaning) {
  const std::vector<std::pair<const char*, Json>> settings{
      {"hidden_act", "gelu"},
      {"pretraining_tp", 2},
      {"rope_interleaved", true},
      {"rope_scaling", {{"rope_type", "longrope"}, {"factor", 8.0}}},
      {"rope_scaling", {{"type", "linear"}, {"factor", 2.0}, {"beta_fast", 32}}},
      {"rope_parameters", {{"rope_theta", 1e4}, {"factor", 2.0}}},
      {"quantization_config", {{"bits", 4}}},
      {"quantization_config", {{"quant_method", "gptq"}, {"weight_block_size", {1, 1}}}},
      {"architectures", {"LlamaForSequenceClassification"}},
      {"model_type", "mamba"},
  };
  for (const auto& [key, value] : settings) {
    expect_error(ErrorCode::kUnsupported, key == std::string("model_type") ? "mamba" : key,
                 [&, k = key, v = value] { read(with(k, v)); });
  }
}

TEST(ModelConfigTest, ChecksEveryNumber) {
  const std::vector<std::pair<const char*, Json>> settings{
      {"vocab_size", 0},
      {"vocab_size", int64_t{1} << 40},
      {"vocab_size", 18446744073709551615ULL},
      {"vocab_size", "many"},
      {"hidden_size", -4},
      {"hidden_size", 33},
      {"intermediate_size", 64.5},
      {"num_hidden_layers", 1 << 20},
      {"num_attention_heads", 3},
      {"num_key_value_heads", 3},
      {"head_dim", 7},
      {"head_dim", 0},
      {"max_position_embeddings", 0},
      {"rms_norm_eps", 0.0},
      {"rms_norm_eps", "1e-6"},
      {"rope_theta", 1.0},
      {"rope_theta", true},
      {"tie_word_embeddings", 1},
      {"initializer_range", -0.1},
      {"eos_token_id", {1, "two"}},
      {"eos_token_id", 1LL << 33},
      {"bos_token_id", -7},
      {"rope_scaling", 3},
  };
  for (const auto& [key, value] : settings) {
    expect_error(ErrorCode::kInvalidArgument, key, [&, k = key, v = value] { read(with(k, v)); });
  }
  expect_error(ErrorCode::kInvalidArgument, "'hidden_size' is missing", [] {
    Json json = base();
    json.erase("hidden_size");
    read(json);
  });
  expect_error(ErrorCode::kInvalidArgument, "object", [] { read(Json::array()); });
}

}  // namespace
}  // namespace fundi::models
