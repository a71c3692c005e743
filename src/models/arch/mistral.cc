// Mistral 7B (Jiang et al. 2023, arXiv:2310.06825): Llama with a sliding window of attention.

#include "models/arch/all.h"
#include "models/arch/blocks.h"
#include "models/arch/config_keys.h"

namespace fundi::models {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_llama_like(reader, config, {.max_position_embeddings = 4096 * 32});
  config.window.size = read_window_size(reader, 4096);
  config.window.layers.assign(static_cast<size_t>(config.num_hidden_layers), true);
}

void write_config(const ModelConfig& config, Json& json) {
  write_llama_like(config, json);
  write_window_size(config, json);
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  return llama_block(config, layer, name, read, {});
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_decoder(config, weights, make_block);
}

}  // namespace

const Architecture kMistral{.model_type = "mistral",
                            .class_name = "MistralForCausalLM",
                            .read_config = read_config,
                            .write_config = write_config,
                            .make = make};

}  // namespace fundi::models
