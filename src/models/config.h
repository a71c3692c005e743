#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "models/fp8_blocks.h"
#include "models/rope_config.h"

namespace fundi::models {

// Layers whose queries see the latest keys only.
struct SlidingWindow {
  int64_t size = 0;                  // keys that a query sees, itself included
  std::vector<bool> layers;          // which layers have it; empty: none
  int64_t of(int64_t layer) const {  // 0: all keys
    const auto i = static_cast<size_t>(layer);
    return i < layers.size() && layers[i] ? size : 0;
  }
};

// Layers of experts (see arch/moe.h). Keys have other names in some architectures.
struct MoeConfig {
  int64_t num_experts = 0;  // 0: none
  int64_t num_experts_per_tok = 0;
  int64_t moe_intermediate_size = 0;
  int64_t n_shared_experts = 0;
  int64_t n_group = 1, topk_group = 1;
  bool norm_topk_prob = false;
  double routed_scaling_factor = 1.0;
  double router_aux_loss_coef = 0.001;
  std::vector<bool> layers;  // which layers have experts
};

// Multi-head latent attention (see arch/mla.h).
struct MlaConfig {
  int64_t q_lora_rank = 0;   // 0: queries are not compressed
  int64_t kv_lora_rank = 0;  // 0: another kind of attention
  int64_t qk_nope_head_dim = 0;
  int64_t qk_rope_head_dim = 0;
  int64_t v_head_dim = 0;
  bool rope_interleave = true;
};

// What config.json of a Hugging Face model directory says, in the file's own key names where it has
// them. Which keys an architecture has, and with which defaults, its file in arch/ knows.
struct ModelConfig {
  std::string model_type = "llama";
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;  // 0: as many as heads
  int64_t head_dim = 0;             // 0: the architecture's default
  int64_t max_position_embeddings = 2048;
  double rms_norm_eps = 1e-6;
  bool tie_word_embeddings = false;
  bool attention_bias = false;
  bool mlp_bias = false;
  RopeConfig rope;
  std::optional<RopeConfig> local_rope;  // of layers with a window, where it is another (Gemma 3)
  SlidingWindow window;
  MoeConfig moe;
  MlaConfig mla;
  double query_pre_attn_scalar = 0;   // scores are divided by its root; 0: by that of head_dim
  double attn_logit_softcapping = 0;  // 0: none
  double final_logit_softcapping = 0;
  Fp8Blocks fp8;  // how a checkpoint scales its FP8 weights; not written
  double initializer_range = 0.02;
  std::optional<int64_t> bos_token_id;
  std::vector<int64_t> eos_token_ids;
  std::optional<int64_t> pad_token_id;

  // Checks every value (positive, divisible, within bounds: kInvalidArgument) and fills the
  // defaults. A key that is neither known nor known to be without effect on the result is
  // kUnsupported, named. `origin` starts messages.
  static ModelConfig from_json(const Json& json, const std::string& origin);
  // As transformers writes it; `dtype` is PyTorch's name ("float32", "bfloat16"). Written so that
  // transformers 4 and 5 read the same model.
  Json to_json(std::string_view dtype) const;
};

// eos_token_id as files give it: one id or a list, duplicates dropped. Throws kInvalidArgument;
// `origin` (file and key) starts the message. Written back: null, one id, or a list.
std::vector<int64_t> token_ids_from_json(const Json& value, const std::string& origin);
Json token_ids_to_json(const std::vector<int64_t>& ids);

}  // namespace fundi::models
