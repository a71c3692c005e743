#pragma once

#include <memory>
#include <string>

#include "models/arch/decoder.h"

namespace fundi::models {

// Pre-norm residual block (Llama and most since):
//   h = x + attention(norm(x)),  y = h + feed_forward(norm(h))
// Parameters NAMEinput_layernorm, NAMEpost_attention_layernorm.
std::unique_ptr<Block> pre_norm_block(const ModelConfig& config, const std::string& name,
                                      ParameterReader& read, std::unique_ptr<Attention> attention,
                                      std::unique_ptr<FeedForward> feed_forward);

// Sandwich-norm residual block (Gemma 2, arXiv:2408.00118): the outputs are normalised as well.
//   h = x + norm(attention(norm(x))),  y = h + norm(feed_forward(norm(h)))
// Parameters NAMEinput_layernorm, NAMEpost_attention_layernorm, NAMEpre_feedforward_layernorm,
// NAMEpost_feedforward_layernorm, all with `norm_offset`.
std::unique_ptr<Block> sandwich_norm_block(const ModelConfig& config, const std::string& name,
                                           ParameterReader& read,
                                           std::unique_ptr<Attention> attention,
                                           std::unique_ptr<FeedForward> feed_forward,
                                           float norm_offset);

// What sets the descendants of Llama apart from one another.
struct LlamaVariant {
  bool qkv_bias = false;
  bool o_bias = false;
  bool mlp_bias = false;
  bool qk_norm = false;
};
// Grouped-query attention as the config says, with its window where the layer has one.
std::unique_ptr<Attention> llama_attention(const ModelConfig& config, int64_t layer,
                                           const std::string& name, ParameterReader& read,
                                           const LlamaVariant& variant);
// The block of Llama: that attention and a SwiGLU feed-forward, pre-norm.
std::unique_ptr<Block> llama_block(const ModelConfig& config, int64_t layer,
                                   const std::string& name, ParameterReader& read,
                                   const LlamaVariant& variant);

}  // namespace fundi::models
