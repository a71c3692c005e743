// Qwen2 (Yang et al. 2024, arXiv:2407.10671; DeepSeek-R1-Distill-Qwen is one): Llama with biases of
// queries, keys and values and, where asked for, a sliding window in the upper layers.

#include "models/arch/all.h"
#include "models/arch/blocks.h"
#include "models/arch/config_keys.h"

namespace fundi::models {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_llama_like(reader, config, {.max_position_embeddings = 32768});
  read_upper_window(reader, config);
  reader.fixed("use_mrope", false);
}

void write_config(const ModelConfig& config, Json& json) {
  write_llama_like(config, json);
  write_upper_window(config, json);
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  return llama_block(config, layer, name, read, {.qkv_bias = true});
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_decoder(config, weights, make_block);
}

}  // namespace

const Architecture kQwen2{.model_type = "qwen2",
                          .class_name = "Qwen2ForCausalLM",
                          .read_config = read_config,
                          .write_config = write_config,
                          .make = make};

}  // namespace fundi::models
