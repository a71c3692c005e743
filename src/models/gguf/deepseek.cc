// DeepSeek V2 and V3 (and R1): one name in GGUF files, told apart by how experts are scored.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "models/gguf/families.h"
#include "models/gguf/heads.h"
#include "models/gguf/rope.h"

namespace fundi::models {
namespace {

using formats::GgufMetadata;
using formats::GgufValue;

constexpr const char* kGating = "deepseek2.expert_gating_func";
constexpr int64_t kSoftmax = 1, kSigmoid = 2;
// llama.cpp's factor of YaRN's logarithm, which files hold multiplied with mscale_all_dim.
constexpr double kLogFactor = 0.1;
constexpr double kLatentEps = 1e-6;

constexpr auto kKeys = std::to_array<GgufKey>({
    {"first_k_dense_replace", "leading_dense_block_count"},
    {"q_lora_rank", "attention.q_lora_rank", GgufKey::Kind::kWhole, false},
    {"kv_lora_rank", "attention.kv_lora_rank"},
    {"qk_rope_head_dim", "rope.dimension_count"},
    {"n_routed_experts", "expert_count"},
    {"num_experts_per_tok", "expert_used_count"},
    {"n_shared_experts", "expert_shared_count"},
    {"moe_intermediate_size", "expert_feed_forward_length"},
    {"routed_scaling_factor", "expert_weights_scale", GgufKey::Kind::kNumber, false},
    {"norm_topk_prob", "expert_weights_norm", GgufKey::Kind::kFlag, false},
    {"n_group", "expert_group_count", GgufKey::Kind::kWhole, false},
    {"topk_group", "expert_group_used_count", GgufKey::Kind::kWhole, false},
});

// The key is missing where a config that transformers 5 wrote was converted, but only V3's routers
// have a correction bias.
bool is_sigmoid(const formats::GgufFile& file) {
  if (const auto gating = file.metadata().get_optional<int64_t>(kGating)) {
    return *gating == kSigmoid;
  }
  return std::any_of(file.names().begin(), file.names().end(), [](const std::string& name) {
    return name.find("exp_probs_b") != std::string::npos;
  });
}
bool is_softmax(const formats::GgufFile& file) { return !is_sigmoid(file); }

void read_yarn_scale(GgufKeyReader& keys, Json& config) {
  const auto log_factor = keys.number("rope.scaling.yarn_log_multiplier");
  Json& scaling = config["rope_scaling"];
  if (!scaling.is_object() || scaling.value("rope_type", "") != "yarn") return;
  const double mscale =
      static_cast<double>(static_cast<float>(log_factor.value_or(0) / kLogFactor));
  if (mscale == 0) {
    fail(ErrorCode::kUnsupported, "{}: YaRN without '{}'", keys.origin(),
         keys.full_name("rope.scaling.yarn_log_multiplier"));
  }
  scaling["mscale"] = mscale;
  scaling["mscale_all_dim"] = mscale;
}

void read(const formats::GgufFile& file, GgufKeyReader& keys, Json& config) {
  const auto rope = config.at("qk_rope_head_dim").get<int64_t>();
  const auto rank = config.at("kv_lora_rank").get<int64_t>();
  config["num_key_value_heads"] = config.at("num_attention_heads");
  keys.ignore("attention.head_count_kv");
  keys.ignore("expert_gating_func");
  if (const auto extra = keys.whole("nextn_predict_layers")) {
    const auto all = config.at("num_hidden_layers").get<int64_t>();
    if (*extra < 0 || *extra >= all) {
      fail(ErrorCode::kCorruptData, "{}: {} of {} layers predict further tokens", keys.origin(),
           *extra, all);
    }
    config["num_hidden_layers"] = all - *extra;
    config["num_nextn_predict_layers"] = *extra;
  }
  const auto key_length = keys.whole("attention.key_length_mla");
  if (key_length) {
    keys.fixed("attention.key_length", static_cast<double>(rank + rope));
    keys.fixed("attention.value_length", static_cast<double>(rank));
    config["v_head_dim"] = keys.required_whole("attention.value_length_mla");
  } else {  // files of before keys and values were split
    config["v_head_dim"] = keys.required_whole("attention.value_length");
  }
  config["qk_nope_head_dim"] =
      key_length.value_or(key_length ? 0 : keys.required_whole("attention.key_length")) - rope;
  if (!config.contains("q_lora_rank")) config["q_lora_rank"] = nullptr;
  if (!config.contains("norm_topk_prob")) config["norm_topk_prob"] = false;
  read_gguf_rope(file, keys, rope, config);
  read_yarn_scale(keys, config);
}

void read_v2(const formats::GgufFile& file, GgufKeyReader& keys, Json& config) {
  read(file, keys, config);
  const bool groups = config.value("n_group", int64_t{1}) > 1;
  config["topk_method"] = groups ? "group_limited_greedy" : "greedy";
}

void write_rope(const Json& config, GgufMetadata& metadata) {
  Json plain = config;  // llama.cpp knows mscale as a factor of the logarithm
  Json& scaling = plain["rope_scaling"];
  if (!scaling.is_object()) return write_gguf_rope(plain, metadata);
  const double mscale = scaling.value("mscale", 0.0);
  if (mscale == 0 || mscale != scaling.value("mscale_all_dim", 0.0)) {
    refuse_gguf("llama.cpp wants YaRN's mscale and mscale_all_dim to be given and equal");
  }
  scaling.erase("mscale");
  scaling.erase("mscale_all_dim");
  write_gguf_rope(plain, metadata);
  metadata.set("deepseek2.rope.scaling.yarn_log_multiplier",
               GgufValue::f32(static_cast<float>(kLogFactor * mscale)));
}

void check_writable(const Json& config) {
  for (const char* key : {"attention_bias", "mlp_bias"}) {
    if (!config.value(key, false)) continue;
    refuse_gguf(fmt::format("llama.cpp's deepseek2 has no biases ('{}' is true)", key));
  }
  if (config.at("rms_norm_eps").get<double>() != kLatentEps) {
    refuse_gguf(
        "llama.cpp's deepseek2 has one epsilon for all norms, which those of the latents "
        "want to be 1e-6");
  }
  const auto layers = config.at("num_hidden_layers").get<int64_t>();
  if (!config.at("q_lora_rank").is_null() && (layers == 26 || layers == 27)) {
    refuse_gguf(
        fmt::format("llama.cpp takes a model of {} layers for one without q_lora_rank", layers));
  }
}

void write(const Json& config, GgufMetadata& metadata, int64_t gating) {
  const auto number = [&](const char* key) { return config.at(key).get<int64_t>(); };
  const auto set = [&](const char* key, int64_t value) {
    metadata.set(std::string("deepseek2.") + key, GgufValue::u32(static_cast<uint32_t>(value)));
  };
  check_writable(config);
  const int64_t rank = number("kv_lora_rank"), rope = number("qk_rope_head_dim");
  set("attention.head_count_kv", 1);
  set("attention.key_length", rank + rope);
  set("attention.value_length", rank);
  set("attention.key_length_mla", number("qk_nope_head_dim") + rope);
  set("attention.value_length_mla", number("v_head_dim"));
  set("expert_gating_func", gating);
  write_rope(config, metadata);
}

void write_v2(const Json& config, GgufMetadata& metadata) {
  if (config.value("n_group", int64_t{1}) > 1) {
    refuse_gguf("llama.cpp ranks groups of experts by their two best, DeepSeek-V2 by the best");
  }
  write(config, metadata, kSoftmax);
}

void write_v3(const Json& config, GgufMetadata& metadata) {
  if (!config.value("rope_interleave", true)) {
    refuse_gguf("llama.cpp's deepseek2 rotates neighbours ('rope_interleave' is false)");
  }
  write(config, metadata, kSigmoid);
}

GgufLayout layout(const Json& config, std::string_view name) {
  if (!name.ends_with(".self_attn.kv_b_proj.weight")) return {};
  return {GgufLayout::Kind::kSplitKv, config.at("num_attention_heads").get<int64_t>()};
}

}  // namespace

const GgufFamily kGgufDeepseekV2{.architecture = "deepseek2",
                                 .model_type = "deepseek_v2",
                                 .keys = kKeys,
                                 .expert_count_key = "n_routed_experts",
                                 .read = read_v2,
                                 .write = write_v2,
                                 .matches = is_softmax,
                                 .layout = layout};

const GgufFamily kGgufDeepseekV3{.architecture = "deepseek2",
                                 .model_type = "deepseek_v3",
                                 .keys = kKeys,
                                 .expert_count_key = "n_routed_experts",
                                 .read = read,
                                 .write = write_v3,
                                 .matches = is_sigmoid,
                                 .layout = layout};

}  // namespace fundi::models
