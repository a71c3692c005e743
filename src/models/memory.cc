#include "models/memory.h"

#include <string_view>

namespace fundi::models {
namespace {

constexpr uint64_t kBytesTrained = 18;  // of a parameter: bf16, f32 master, gradient, two moments
constexpr uint64_t kBytesFrozen = 2;    // bf16
constexpr uint64_t kHeadBytes = 64 << 20;  // logits and their gradient, a chunk at a time

// Elements that the backward pass of one layer wants of each token: inputs of norms and products,
// what attention read and gave, gates.
int64_t kept_by_attention(const ModelConfig& config) {
  const int64_t heads = config.num_attention_heads;
  if (config.mla.kv_lora_rank > 0) {
    const int64_t key = config.mla.qk_nope_head_dim + config.mla.qk_rope_head_dim;
    const int64_t latents = config.mla.q_lora_rank + 2 * config.mla.kv_lora_rank;
    return latents + heads * (2 * key + 2 * config.mla.v_head_dim);
  }
  return 2 * config.head_dim * (heads + config.num_key_value_heads);
}

int64_t kept_by_feed_forward(const ModelConfig& config, int64_t layer) {
  const MoeConfig& moe = config.moe;
  const auto i = static_cast<size_t>(layer);
  if (i >= moe.layers.size() || !moe.layers[i]) return 3 * config.intermediate_size;
  const int64_t expert = 2 * config.hidden_size + 3 * moe.moe_intermediate_size;
  return moe.num_experts_per_tok * expert + 3 * moe.n_shared_experts * moe.moe_intermediate_size;
}

uint64_t activation_bytes(const ModelConfig& config, int64_t tokens) {
  int64_t elements = 0;
  for (int64_t layer = 0; layer < config.num_hidden_layers; ++layer) {
    elements +=
        4 * config.hidden_size + kept_by_attention(config) + kept_by_feed_forward(config, layer);
  }
  return 2 * static_cast<uint64_t>(elements) * static_cast<uint64_t>(tokens) + kHeadBytes;
}

}  // namespace

uint64_t weight_bytes(Model& model) {
  uint64_t bytes = 0;
  for (const Parameter& parameter : model.parameters()) bytes += parameter.var.value().bytes();
  return bytes;
}

uint64_t cache_bytes(const Model& model, DType dtype, int64_t tokens) {
  uint64_t bytes = 0;
  for (const KvLayout& layer : model.kv_layout()) {
    for (const int64_t size : {layer.key_size, layer.value_size}) {
      bytes += byte_size(dtype, tokens * layer.heads * size);
    }
  }
  return bytes;
}

TrainingMemory training_memory(Model& model, int64_t tokens) {
  uint64_t trained = 0, adapters = 0;
  for (const Parameter& parameter : model.parameters()) {
    const Tensor& value = parameter.var.value();
    trained += static_cast<uint64_t>(value.elements());
    const bool in_layer = std::string_view(parameter.name).starts_with("model.layers.");
    if (!in_layer || value.shape().rank() != 2) continue;
    adapters += static_cast<uint64_t>(kLoraRank * (value.dim(0) + value.dim(1)));
  }
  const uint64_t activations = activation_bytes(model.config(), tokens);
  return {.full = kBytesTrained * trained + activations,
          .lora = kBytesFrozen * trained + kBytesTrained * adapters + activations};
}

}  // namespace fundi::models
