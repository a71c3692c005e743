// DeepSeek-V3 and R1 (arXiv:2412.19437, arXiv:2501.12948): sigmoid routers, balanced by correction
// biases, that choose within the best groups of experts.

#include "models/arch/all.h"
#include "models/arch/deepseek.h"

namespace fundi::models {
namespace {

void read_config(ConfigReader& reader, ModelConfig& config) {
  read_deepseek(reader, config, {.max_position_embeddings = 4096});
  config.mla.rope_interleave = reader.boolean("rope_interleave", true);
  config.moe.norm_topk_prob = reader.boolean("norm_topk_prob", true);
  reader.fixed("scoring_func", "sigmoid");
  reader.fixed("topk_method", "noaux_tc");
}

void write_config(const ModelConfig& config, Json& json) {
  write_deepseek(config, json);
  json["norm_topk_prob"] = config.moe.norm_topk_prob;
  json["num_nextn_predict_layers"] = 0;
  json["rope_interleave"] = config.mla.rope_interleave;
  json["scoring_func"] = "sigmoid";
  json["topk_method"] = "noaux_tc";
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  const ops::Routing routing{.score = ops::Routing::Score::kSigmoid,
                             .group_score = ops::Routing::GroupScore::kTwoBest,
                             .normalise = config.moe.norm_topk_prob};
  return deepseek_block(config, layer, name, read, routing, true);
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_decoder(config, weights, make_block);
}

}  // namespace

const Architecture kDeepseekV3{.model_type = "deepseek_v3",
                               .class_name = "DeepseekV3ForCausalLM",
                               .read_config = read_config,
                               .write_config = write_config,
                               .make = make,
                               .is_not_run = is_prediction_layer};

}  // namespace fundi::models
