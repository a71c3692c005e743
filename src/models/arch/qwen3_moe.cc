// Qwen3 with experts (Yang et al. 2025, arXiv:2505.09388): the attention of Qwen3; layers of
// experts at every decoder_sparse_step-th layer that is not among mlp_only_layers, dense ones
// elsewhere.

#include <array>
#include <set>

#include "base/error.h"
#include "models/arch/all.h"
#include "models/arch/blocks.h"
#include "models/arch/config_keys.h"
#include "models/arch/moe.h"

namespace fundi::models {
namespace {

std::set<int64_t> read_dense_layers(ConfigReader& reader, int64_t layers) {
  std::set<int64_t> dense;
  if (const Json* list = reader.find("mlp_only_layers")) {
    if (!list->is_array()) {
      fail(ErrorCode::kInvalidArgument, "{}: 'mlp_only_layers' must be a list of layers, not {}",
           reader.origin(), ConfigReader::shown(*list));
    }
    for (const Json& layer : *list) {
      dense.insert(reader.as_integer("mlp_only_layers", layer, 0, layers - 1));
    }
  }
  return dense;
}

void read_config(ConfigReader& reader, ModelConfig& config) {
  constexpr auto kWithoutEffect =
      std::to_array<std::string_view>({"max_window_layers", "output_router_logits"});
  read_llama_like(reader, config, {.head_dim = 128, .max_position_embeddings = 32768});
  const int64_t window = read_window_size(reader, 4096);
  config.window.size = reader.boolean("use_sliding_window", false) ? window : 0;
  config.window.layers.assign(static_cast<size_t>(config.num_hidden_layers), true);
  config.attention_bias = reader.boolean("attention_bias", false);
  read_experts(reader, config, {"num_experts", "num_local_experts"});
  config.moe.norm_topk_prob = reader.boolean("norm_topk_prob", false);
  const int64_t step = reader.integer("decoder_sparse_step", 1, kMaxLayers, 1);
  const std::set<int64_t> dense = read_dense_layers(reader, config.num_hidden_layers);
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    config.moe.layers.push_back(!dense.contains(i) && (i + 1) % step == 0);
  }
  reader.ignore(kWithoutEffect);
}

void write_config(const ModelConfig& config, Json& json) {
  write_llama_like(config, json);
  write_window_size(config, json);
  write_experts(config, json, "num_experts");
  json["attention_bias"] = config.attention_bias;
  json["decoder_sparse_step"] = 1;
  json["mlp_only_layers"] = Json::array();
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    if (!has_experts(config, i)) json["mlp_only_layers"].push_back(i);
  }
  json["norm_topk_prob"] = config.moe.norm_topk_prob;
  json["use_sliding_window"] = config.window.size > 0;
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  const LlamaVariant variant{
      .qkv_bias = config.attention_bias, .o_bias = config.attention_bias, .qk_norm = true};
  if (!has_experts(config, layer)) return llama_block(config, layer, name, read, variant);
  auto attention = llama_attention(config, layer, name, read, variant);
  auto experts = std::make_unique<MixtureOfExperts>(
      config.hidden_size, name + "mlp.", read,
      MixtureOfExperts::Options{.experts = config.moe.num_experts,
                                .hidden = config.moe.moe_intermediate_size,
                                .routing = {.experts_per_token = config.moe.num_experts_per_tok,
                                            .normalise = config.moe.norm_topk_prob}});
  return pre_norm_block(config, name, read, std::move(attention), std::move(experts));
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_decoder(config, weights, make_block);
}

}  // namespace

const Architecture kQwen3Moe{.model_type = "qwen3_moe",
                             .class_name = "Qwen3MoeForCausalLM",
                             .read_config = read_config,
                             .write_config = write_config,
                             .make = make};

}  // namespace fundi::models
