// Llama (Touvron et al. 2023, arXiv:2302.13971), with the RoPE scaling of 3.1 and later
// (arXiv:2407.21783): a pre-norm decoder of grouped-query attention and a SwiGLU feed-forward.

#include <array>

#include "models/arch/all.h"
#include "models/arch/blocks.h"
#include "models/arch/config_keys.h"

namespace fundi::models {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  constexpr auto kWithoutEffect = std::to_array<std::string_view>({"is_llama_config"});
  read_llama_like(reader, config, {});
  config.attention_bias = reader.boolean("attention_bias", false);
  config.mlp_bias = reader.boolean("mlp_bias", false);
  reader.fixed("pretraining_tp", 1);
  reader.fixed("rope_interleaved", false);
  reader.fixed("partial_rotary_factor", 1.0);
  reader.ignore(kWithoutEffect);
}

void write_config(const ModelConfig& config, Json& json) {
  write_llama_like(config, json);
  json["attention_bias"] = config.attention_bias;
  json["mlp_bias"] = config.mlp_bias;
  json["pretraining_tp"] = 1;
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  return llama_block(config, layer, name, read,
                     {.qkv_bias = config.attention_bias,
                      .o_bias = config.attention_bias,
                      .mlp_bias = config.mlp_bias});
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_decoder(config, weights, make_block);
}

}  // namespace

const Architecture kLlama{.model_type = "llama",
                          .class_name = "LlamaForCausalLM",
                          .read_config = read_config,
                          .write_config = write_config,
                          .make = make};

}  // namespace fundi::models
