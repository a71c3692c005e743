// Qwen 2 (and DeepSeek's distillations into it), Qwen 3, and Qwen 3 with experts.
#include <fmt/format.h>

#include <array>

#include "models/gguf/families.h"
#include "models/gguf/heads.h"

namespace fundi::models {
namespace {

constexpr auto kExpertKeys = std::to_array<GgufKey>({
    {"num_experts", "expert_count"},
    {"num_experts_per_tok", "expert_used_count"},
    {"moe_intermediate_size", "expert_feed_forward_length"},
});

void write_qwen2(const Json& config, formats::GgufMetadata& metadata) {
  if (head_dim_of(config) * config.at("num_attention_heads").get<int64_t>() !=
      config.at("hidden_size").get<int64_t>()) {
    refuse_gguf("llama.cpp's qwen2 wants num_attention_heads * head_dim = hidden_size");
  }
  write_gguf_heads(config, metadata);
  limit_context_to_window(config, metadata);
}

void write_qwen3(const Json& config, formats::GgufMetadata& metadata) {
  if (config.value("attention_bias", false)) {
    refuse_gguf("llama.cpp's qwen3 has no biases ('attention_bias' is true)");
  }
  write_gguf_heads(config, metadata);
  limit_context_to_window(config, metadata);
}

void read_moe(const formats::GgufFile& file, GgufKeyReader& keys, Json& config) {
  read_gguf_heads(file, keys, config);
  config["norm_topk_prob"] = true;
  keys.fixed("expert_weights_scale", 1);
  keys.fixed("expert_shared_count", 0);
}

void write_moe(const Json& config, formats::GgufMetadata& metadata) {
  const auto refuse = [](const char* key, const char* value) {
    refuse_gguf(fmt::format("llama.cpp's qwen3moe wants {} = {}", key, value));
  };
  if (!config.value("norm_topk_prob", false)) refuse("norm_topk_prob", "true");
  if (config.value("decoder_sparse_step", int64_t{1}) != 1) refuse("decoder_sparse_step", "1");
  if (!config.value("mlp_only_layers", Json::array()).empty()) refuse("mlp_only_layers", "[]");
  write_qwen3(config, metadata);
}

}  // namespace

const GgufFamily kGgufQwen2{.architecture = "qwen2",
                            .model_type = "qwen2",
                            .keys = {},
                            .read = read_gguf_heads,
                            .write = write_qwen2};

const GgufFamily kGgufQwen3{.architecture = "qwen3",
                            .model_type = "qwen3",
                            .keys = {},
                            .read = read_gguf_heads,
                            .write = write_qwen3};

const GgufFamily kGgufQwen3Moe{.architecture = "qwen3moe",
                               .model_type = "qwen3_moe",
                               .keys = kExpertKeys,
                               .read = read_moe,
                               .write = write_moe};

}  // namespace fundi::models
