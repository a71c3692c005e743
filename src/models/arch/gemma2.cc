// Gemma 2 (Gemma Team 2024, arXiv:2408.00118): local and global layers alternate, attention scores
// and logits are capped.

#include "models/arch/all.h"
#include "models/arch/gemma.h"

namespace fundi::models {
namespace {

constexpr ConfigDefaults kDefaults{.vocab_size = 256000,
                                   .num_attention_heads = 8,
                                   .num_key_value_heads = 4,
                                   .head_dim = 256,
                                   .max_position_embeddings = 8192,
                                   .tie_word_embeddings = true};

void read_config(ConfigReader& reader, ModelConfig& config) {
  // Absent keys mean caps, null means none.
  const auto cap = [&reader](std::string_view key, double fallback) {
    return reader.contains(key) ? reader.number(key, 0, 1e6, 0) : fallback;
  };
  config.attn_logit_softcapping = cap("attn_logit_softcapping", 50.0);
  config.final_logit_softcapping = cap("final_logit_softcapping", 30.0);
  read_gemma(reader, config, kDefaults, 2);
  config.rope = read_rope(reader, config.max_position_embeddings, kDefaults.rope_theta);
}

void write_config(const ModelConfig& config, Json& json) {
  write_gemma(config, json);
  write_rope(config.rope, json);
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  return gemma_block(config, layer, name, read, false);
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_gemma(config, weights, make_block);
}

}  // namespace

const Architecture kGemma2{.model_type = "gemma2",
                           .class_name = "Gemma2ForCausalLM",
                           .read_config = read_config,
                           .write_config = write_config,
                           .make = make};

}  // namespace fundi::models
