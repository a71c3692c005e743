#include "models/gguf/names.h"

#include <gtest/gtest.h>

namespace fundi::models {
namespace {

std::string pre(std::string_view hf) {
  const auto name = gguf_tensor_name(hf, GgufNorms::kPre);
  if (!name) return "";
  return name->name + (name->expert ? "#" + std::to_string(*name->expert) : "");
}

TEST(GgufNamesTest, Tensors) {
  EXPECT_EQ(pre("model.embed_tokens.weight"), "token_embd.weight");
  EXPECT_EQ(pre("model.norm.weight"), "output_norm.weight");
  EXPECT_EQ(pre("lm_head.weight"), "output.weight");
  EXPECT_EQ(pre("model.layers.0.self_attn.q_proj.weight"), "blk.0.attn_q.weight");
  EXPECT_EQ(pre("model.layers.12.self_attn.k_proj.bias"), "blk.12.attn_k.bias");
  EXPECT_EQ(pre("model.layers.3.self_attn.q_a_layernorm.weight"), "blk.3.attn_q_a_norm.weight");
  EXPECT_EQ(pre("model.layers.3.post_attention_layernorm.weight"), "blk.3.ffn_norm.weight");
  EXPECT_EQ(pre("model.layers.3.mlp.experts.17.up_proj.weight"), "blk.3.ffn_up_exps.weight#17");
  EXPECT_EQ(pre("model.layers.3.mlp.shared_experts.up_proj.weight"), "blk.3.ffn_up_shexp.weight");
  EXPECT_EQ(pre("model.layers.3.mlp.gate.weight"), "blk.3.ffn_gate_inp.weight");
  EXPECT_EQ(pre("model.layers.3.mlp.gate.e_score_correction_bias"), "blk.3.exp_probs_b.bias");
}

TEST(GgufNamesTest, NormsOfGemma) {
  const auto name = [](std::string_view hf) {
    return gguf_tensor_name(hf, GgufNorms::kSandwich)->name;
  };
  EXPECT_EQ(name("model.layers.1.post_attention_layernorm.weight"),
            "blk.1.post_attention_norm.weight");
  EXPECT_EQ(name("model.layers.1.pre_feedforward_layernorm.weight"), "blk.1.ffn_norm.weight");
  EXPECT_EQ(name("model.layers.1.post_feedforward_layernorm.weight"), "blk.1.post_ffw_norm.weight");
  EXPECT_EQ(name("model.layers.1.self_attn.q_norm.weight"), "blk.1.attn_q_norm.weight");
}

TEST(GgufNamesTest, NothingForOthers) {
  for (const char* name :
       {"", "weight", "lm_head", "model.layers.weight", "model.layers.x.self_attn.q_proj.weight",
        "model.layers.-1.self_attn.q_proj.weight", "model.layers.0.self_attn.q_proj.scale",
        "model.layers.0.mlp.experts.gate_proj.weight", "model.layers.0.mlp.experts.1.x.weight",
        "model.layers.99999999999999999999.self_attn.q_proj.weight", "vision.patch.weight"}) {
    EXPECT_EQ(pre(name), "") << name;
  }
}

}  // namespace
}  // namespace fundi::models
