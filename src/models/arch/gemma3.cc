// Gemma 3 (Gemma Team 2025, arXiv:2503.19786), its text model: five local layers to a global one,
// each kind with its own base of RoPE; heads of queries and keys are normalised.

#include <array>
#include <utility>

#include "base/error.h"
#include "models/arch/all.h"
#include "models/arch/gemma.h"

namespace fundi::models {
namespace {

constexpr ConfigDefaults kDefaults{.vocab_size = 262208,
                                   .num_attention_heads = 8,
                                   .num_key_value_heads = 4,
                                   .head_dim = 256,
                                   .max_position_embeddings = 131072,
                                   .rope_theta = 1e6,
                                   .tie_word_embeddings = true};
constexpr double kLocalTheta = 10000.0;
constexpr const char* kGlobal = "full_attention";
constexpr const char* kLocal = "sliding_attention";

// transformers 4 writes rope_theta and rope_scaling of the global layers and rope_local_base_freq,
// transformers 5 rope_parameters with an object for each kind of layer.
void read_ropes(ConfigReader& reader, ModelConfig& config) {
  const int64_t positions = config.max_position_embeddings;
  config.local_rope = RopeConfig{};
  config.local_rope->theta = reader.number("rope_local_base_freq", 0, 1e15, kLocalTheta);
  const Json* parameters = reader.find("rope_parameters");
  if (parameters == nullptr) {
    config.rope = read_rope(reader, positions, kDefaults.rope_theta);
    return;
  }
  const std::string origin = reader.origin() + ": rope_parameters";
  ConfigReader kinds(*parameters, origin);
  const auto read_kind = [&](const char* kind, double theta) {
    const Json* rope = kinds.find(kind);
    return read_rope_object(rope ? *rope : Json::object(), origin + ": " + kind, positions, theta);
  };
  config.rope = read_kind(kGlobal, kDefaults.rope_theta);
  config.local_rope = read_kind(kLocal, kLocalTheta);
  kinds.finish();
}

void read_text_config(ConfigReader& reader, ModelConfig& config) {
  int64_t pattern = 6;
  for (const char* key : {"_sliding_window_pattern", "sliding_window_pattern"}) {
    pattern = reader.integer(key, 1, kMaxLayers, pattern);
  }
  read_gemma(reader, config, kDefaults, pattern);
  read_ropes(reader, config);
  reader.fixed("attn_logit_softcapping", nullptr);  // transformers reads it without applying it
}

void write_text_config(const ModelConfig& config, Json& json) {
  write_gemma(config, json);
  write_rope(config.rope, json);
  json["rope_local_base_freq"] = config.local_rope ? config.local_rope->theta : kLocalTheta;
}

std::unique_ptr<Block> make_block(const ModelConfig& config, int64_t layer, const std::string& name,
                                  ParameterReader& read) {
  return gemma_block(config, layer, name, read, true);
}

std::unique_ptr<Model> make(const ModelConfig& config, WeightSource& weights) {
  return make_gemma(config, weights, make_block);
}

}  // namespace

const Architecture kGemma3Text{.model_type = "gemma3_text",
                               .class_name = "Gemma3ForCausalLM",
                               .read_config = read_text_config,
                               .write_config = write_text_config,
                               .make = make};

}  // namespace fundi::models
