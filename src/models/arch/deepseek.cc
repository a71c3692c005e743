#include "models/arch/deepseek.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "models/arch/blocks.h"
#include "models/arch/mla.h"
#include "models/arch/mlp.h"
#include "models/arch/moe.h"

namespace fundi::models {
namespace {

void read_latents(ConfigReader& reader, ModelConfig& config) {
  MlaConfig& mla = config.mla;
  config.num_attention_heads = reader.required("num_attention_heads", 1, kMaxHeads);
  config.num_key_value_heads = config.num_attention_heads;
  reader.fixed("num_key_value_heads", config.num_attention_heads);
  mla.q_lora_rank = reader.integer("q_lora_rank", 1, kMaxWidth, 0);
  mla.kv_lora_rank = reader.required("kv_lora_rank", 1, kMaxWidth);
  mla.qk_nope_head_dim = reader.required("qk_nope_head_dim", 1, kMaxHeadDim);
  mla.qk_rope_head_dim = reader.required("qk_rope_head_dim", 1, kMaxHeadDim);
  mla.v_head_dim = reader.required("v_head_dim", 1, kMaxHeadDim);
  if (mla.qk_rope_head_dim % 2 != 0) {
    fail(ErrorCode::kInvalidArgument, "{}: 'qk_rope_head_dim' ({}) must be even", reader.origin(),
         mla.qk_rope_head_dim);
  }
}

void read_groups(ConfigReader& reader, MoeConfig& moe) {
  moe.n_group = reader.integer("n_group", 1, moe.num_experts, 1);
  moe.topk_group = reader.integer("topk_group", 1, moe.n_group, 1);
  if (moe.num_experts % moe.n_group != 0 ||
      moe.num_experts_per_tok > moe.num_experts / moe.n_group * moe.topk_group) {
    fail(ErrorCode::kInvalidArgument,
         "{}: {} experts in 'n_group' = {} groups, of which 'topk_group' = {} are used, do not "
         "give 'num_experts_per_tok' = {}",
         reader.origin(), moe.num_experts, moe.n_group, moe.topk_group, moe.num_experts_per_tok);
  }
}

}  // namespace

void read_deepseek(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults) {
  // Settings of training, of serving on many machines, and sizes that follow from others.
  constexpr auto kWithoutEffect = std::to_array<std::string_view>(
      {"aux_loss_alpha", "ep_size", "head_dim", "num_mtp_layers", "num_nextn_predict_layers",
       "output_router_logits", "qk_head_dim", "seq_aux"});
  MoeConfig& moe = config.moe;
  read_decoder(reader, config, defaults);
  read_latents(reader, config);
  config.rope = read_rope(reader, config.max_position_embeddings, defaults.rope_theta);
  config.attention_bias = reader.boolean("attention_bias", false);
  read_experts(reader, config, {"n_routed_experts"});
  read_groups(reader, moe);
  moe.n_shared_experts = reader.integer("n_shared_experts", 0, moe.num_experts, 0);
  moe.routed_scaling_factor = reader.number("routed_scaling_factor", 0, 1e6, 1.0);
  const int64_t dense = reader.integer("first_k_dense_replace", 0, config.num_hidden_layers, 0);
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) moe.layers.push_back(i >= dense);
  reader.fixed("hidden_act", "silu");
  reader.fixed("moe_layer_freq", 1);
  reader.fixed("pretraining_tp", 1);
  reader.ignore(kWithoutEffect);
}

void write_deepseek(const ModelConfig& config, Json& json) {
  const MlaConfig& mla = config.mla;
  write_decoder(config, json);
  write_rope(config.rope, json);
  write_experts(config, json, "n_routed_experts");
  json["attention_bias"] = config.attention_bias;
  int64_t dense = 0;
  while (dense < config.num_hidden_layers && !has_experts(config, dense)) ++dense;
  json["first_k_dense_replace"] = dense;
  json["hidden_act"] = "silu";
  json["kv_lora_rank"] = mla.kv_lora_rank;
  json["n_group"] = config.moe.n_group;
  json["n_shared_experts"] = config.moe.n_shared_experts;
  json["num_attention_heads"] = config.num_attention_heads;
  json["num_key_value_heads"] = config.num_attention_heads;
  json["q_lora_rank"] = mla.q_lora_rank > 0 ? Json(mla.q_lora_rank) : Json(nullptr);
  json["qk_nope_head_dim"] = mla.qk_nope_head_dim;
  json["qk_rope_head_dim"] = mla.qk_rope_head_dim;
  json["routed_scaling_factor"] = config.moe.routed_scaling_factor;
  json["topk_group"] = config.moe.topk_group;
  json["v_head_dim"] = mla.v_head_dim;
}

std::unique_ptr<Block> deepseek_block(const ModelConfig& config, int64_t layer,
                                      const std::string& name, ParameterReader& read,
                                      ops::Routing routing, bool correction_bias) {
  const MoeConfig& moe = config.moe;
  auto attention = std::make_unique<LatentAttention>(config, name + "self_attn.", read);
  std::unique_ptr<FeedForward> feed_forward;
  if (has_experts(config, layer)) {
    routing.experts_per_token = moe.num_experts_per_tok;
    routing.groups = moe.n_group;
    routing.top_groups = moe.topk_group;
    routing.scale = static_cast<float>(moe.routed_scaling_factor);
    feed_forward = std::make_unique<MixtureOfExperts>(
        config.hidden_size, name + "mlp.", read,
        MixtureOfExperts::Options{.experts = moe.num_experts,
                                  .hidden = moe.moe_intermediate_size,
                                  .shared_hidden = moe.moe_intermediate_size * moe.n_shared_experts,
                                  .shared_bias = config.mlp_bias,
                                  .routing = routing,
                                  .f32_router = true,
                                  .correction_bias = correction_bias});
  } else {
    feed_forward =
        std::make_unique<GatedMlp>(config.hidden_size, config.intermediate_size, name + "mlp.",
                                   read, GatedMlp::Options{.bias = config.mlp_bias});
  }
  return pre_norm_block(config, name, read, std::move(attention), std::move(feed_forward));
}

bool is_prediction_layer(const ModelConfig& config, std::string_view name) {
  constexpr std::string_view kPrefix = "model.layers.";
  if (!name.starts_with(kPrefix)) return false;
  int64_t layer = 0;
  const char* begin = name.data() + kPrefix.size();
  const auto [end, error] = std::from_chars(begin, name.data() + name.size(), layer);
  return error == std::errc() && end != begin && layer >= config.num_hidden_layers;
}

}  // namespace fundi::models
