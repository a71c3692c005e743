// DeepSeek-V2 (arXiv:2405.04434): softmax routers that choose greedily, where asked for within the
// best groups of experts.

#include "base/error.h"
#include "models/arch/all.h"
#include "models/arch/deepseek.h"

namespace fundi::models {
namespace {

constexpr const char* kGrouped = "group_limited_greedy";

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_deepseek(reader, config, {});
  config.mlp_bias = reader.boolean("mlp_bias", false);
  const std::string method = reader.string("topk_method", "greedy");
  if (method == "greedy") {
    config.moe.n_group = config.moe.topk_group = 1;
  } else if (method != kGrouped) {
    fail(ErrorCode::kUnsupported, "{}: 'topk_method' '{}' is not supported, only greedy and {}",
         reader.origin(), method, kGrouped);
  }
  reader.fixed("scoring_func", "softmax");
  reader.fixed("norm_topk_prob", false);  // transformers reads it without applying it
}

void write_config(const ModelConfig& config, Json& json) {
  write_deepseek(config, json);
  json["mlp_bias"] = config.mlp_bias;
  json["norm_topk_prob"] = false;
  json["topk_method"] = config.moe.n_group > 1 ? kGrouped : "greedy";
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  return deepseek_block(config, layer, name, read, {}, false);
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_decoder(config, weights, make_block);
}

}  // namespace

const Architecture kDeepseekV2{.model_type = "deepseek_v2",
                               .class_name = "DeepseekV2ForCausalLM",
                               .read_config = read_config,
                               .write_config = write_config,
                               .make = make,
                               .is_not_run = is_prediction_layer};

}  // namespace fundi::models
