// Qwen3 (Yang et al. 2025, arXiv:2505.09388): heads of queries and keys are normalised, and there
// are no biases unless the config asks for them.

#include "models/arch/all.h"
#include "models/arch/blocks.h"
#include "models/arch/config_keys.h"

namespace fundi::models {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_llama_like(reader, config, {.head_dim = 128, .max_position_embeddings = 32768});
  read_upper_window(reader, config);
  config.attention_bias = reader.boolean("attention_bias", false);
}

void write_config(const ModelConfig& config, Json& json) {
  write_llama_like(config, json);
  write_upper_window(config, json);
  json["attention_bias"] = config.attention_bias;
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  return llama_block(
      config, layer, name, read,
      {.qkv_bias = config.attention_bias, .o_bias = config.attention_bias, .qk_norm = true});
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_decoder(config, weights, make_block);
}

}  // namespace

const Architecture kQwen3{.model_type = "qwen3",
                          .class_name = "Qwen3ForCausalLM",
                          .read_config = read_config,
                          .write_config = write_config,
                          .make = make};

}  // namespace fundi::models
