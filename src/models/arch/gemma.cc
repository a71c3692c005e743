#include "models/arch/gemma.h"

#include <array>
#include <cmath>
#include <utility>

#include "models/arch/attention.h"
#include "models/arch/blocks.h"
#include "models/arch/mlp.h"

namespace fundi::models {
namespace {

constexpr float kNormOffset = 1.0f;
constexpr const char* kActivation = "gelu_pytorch_tanh";

Json number_or_null(double number) { return number > 0 ? Json(number) : Json(nullptr); }

}  // namespace

void read_gemma(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults,
                int64_t pattern) {
  constexpr auto kWithoutEffect = std::to_array<std::string_view>(
      {"cache_implementation", "hidden_act", "sliding_window_size"});
  constexpr double kMaxScalar = 1e6;
  read_decoder(reader, config, defaults);
  read_heads(reader, config, defaults);
  config.attention_bias = reader.boolean("attention_bias", false);
  config.query_pre_attn_scalar = reader.number("query_pre_attn_scalar", 0, kMaxScalar, 256);
  config.final_logit_softcapping =
      reader.number("final_logit_softcapping", 0, kMaxScalar, config.final_logit_softcapping);
  config.window.size = read_window_size(reader, 4096);
  std::vector<bool> layers;
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) layers.push_back((i + 1) % pattern != 0);
  config.window.layers = read_layer_types(reader, config.num_hidden_layers, std::move(layers));
  reader.fixed("hidden_activation", kActivation);
  reader.fixed("use_bidirectional_attention", false);
  reader.ignore(kWithoutEffect);
}

void write_gemma(const ModelConfig& config, Json& json) {
  write_decoder(config, json);
  write_heads(config, json);
  write_window_size(config, json);
  write_layer_types(config, json);
  json["attention_bias"] = config.attention_bias;
  json["attn_logit_softcapping"] = number_or_null(config.attn_logit_softcapping);
  json["final_logit_softcapping"] = number_or_null(config.final_logit_softcapping);
  json["hidden_activation"] = kActivation;
  // transformers takes whole numbers only.
  json["query_pre_attn_scalar"] = static_cast<int64_t>(config.query_pre_attn_scalar);
}

std::unique_ptr<Block> gemma_block(const ModelConfig& config, int64_t layer,
                                   const std::string& name, ParameterReader& read, bool qk_norm) {
  const int64_t window = config.window.of(layer);
  const bool local = window > 0 && config.local_rope;
  auto attention = std::make_unique<GroupedQueryAttention>(
      config, name + "self_attn.", read,
      GroupedQueryAttention::Options{.rope = local ? *config.local_rope : config.rope,
                                     .scale = 1.0 / std::sqrt(config.query_pre_attn_scalar),
                                     .window = window,
                                     .softcap = config.attn_logit_softcapping,
                                     .qkv_bias = config.attention_bias,
                                     .o_bias = config.attention_bias,
                                     .qk_norm = qk_norm,
                                     .norm_offset = kNormOffset});
  auto mlp =
      std::make_unique<GatedMlp>(config.hidden_size, config.intermediate_size, name + "mlp.", read,
                                 GatedMlp::Options{.activation = ops::Activation::kGeluTanh});
  return sandwich_norm_block(config, name, read, std::move(attention), std::move(mlp), kNormOffset);
}

std::unique_ptr<Model> make_gemma(const ModelConfig& config, WeightSource& weights,
                                  BlockMaker make_block) {
  return make_decoder(config, weights, make_block,
                      {.scales_embedding = true, .norm_offset = kNormOffset});
}

}  // namespace fundi::models
