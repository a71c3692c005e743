#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "models/config.h"

namespace fundi::models {

// Keys of config.json that architectures share.

// What an absent key means, which differs between architectures.
struct ConfigDefaults {
  int64_t vocab_size = 0;           // 0: the key is required
  int64_t num_attention_heads = 0;  // 0: the key is required
  int64_t num_key_value_heads = 0;  // 0: as many as heads
  int64_t head_dim = 0;             // 0: hidden_size / num_attention_heads
  int64_t max_position_embeddings = 2048;
  double rope_theta = 10000.0;
  bool tie_word_embeddings = false;
};

// Sizes, norm epsilon, initialisation and tied embeddings: what every decoder has.
void read_decoder(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults);
void write_decoder(const ModelConfig& config, Json& json);

// Heads, key-value heads and head size of grouped-query attention; wants hidden_size.
void read_heads(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults);
void write_heads(const ModelConfig& config, Json& json);

// All of these with RoPE and SiLU: Llama and what descends from it.
void read_llama_like(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults);
void write_llama_like(const ModelConfig& config, Json& json);

// sliding_window: an absent key means `fallback`, null none (0).
int64_t read_window_size(ConfigReader& reader, int64_t fallback);
void write_window_size(const ModelConfig& config, Json& json);

// use_sliding_window, and max_window_layers where the layers with a window begin (Qwen).
void read_upper_window(ConfigReader& reader, ModelConfig& config);
void write_upper_window(const ModelConfig& config, Json& json);

// num_experts_per_tok, moe_intermediate_size, router_aux_loss_coef, and the number of experts under
// the first of `names` that the file has.
void read_experts(ConfigReader& reader, ModelConfig& config,
                  std::initializer_list<std::string_view> names);
void write_experts(const ModelConfig& config, Json& json, std::string_view name);
bool has_experts(const ModelConfig& config, int64_t layer);

// layer_types: which of `layers` layers have a sliding window. An absent key means `fallback`.
std::vector<bool> read_layer_types(ConfigReader& reader, int64_t layers,
                                   std::vector<bool> fallback);
void write_layer_types(const ModelConfig& config, Json& json);

// Bounds far above every published model, low enough that no product of two of them overflows.
inline constexpr int64_t kMaxWidth = int64_t{1} << 20;
inline constexpr int64_t kMaxLayers = 4096;
inline constexpr int64_t kMaxHeads = 1 << 14;
inline constexpr int64_t kMaxHeadDim = 1 << 14;
inline constexpr int64_t kMaxPositions = int64_t{1} << 30;

}  // namespace fundi::models
