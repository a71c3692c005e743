// Gemma 3 (Gemma Team 2025, arXiv:2503.19786), its text model: five local layers to a global one,
// each kind with its own base of RoPE; heads of queries and keys are normalised.

#include <algorithm>
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
  config.local_rope->theta = read_rope_theta(reader, "rope_local_base_freq", kLocalTheta);
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
  if (config.local_rope->scaling == RopeConfig::Scaling::kNone) return;
  fail(ErrorCode::kUnsupported, "{}: scaled RoPE in layers of type '{}' is not supported", origin,
       kLocal);
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

// A multimodal directory: the text model's settings are one of its members.
void read_config(ConfigReader& reader, ModelConfig& config) {
  constexpr auto kWithoutEffect = std::to_array<std::string_view>(
      {"boi_token_index", "eoi_token_index", "image_token_index", "initializer_range",
       "mm_tokens_per_image", "vision_config"});
  const Json* text = reader.find("text_config");
  if (text == nullptr) {
    fail(ErrorCode::kInvalidArgument, "{}: 'text_config' is missing", reader.origin());
  }
  const std::string model_type = config.model_type;
  config = ModelConfig::from_json(*text, reader.origin() + ": text_config");
  if (config.model_type != kGemma3Text.model_type) {
    fail(ErrorCode::kUnsupported,
         "{}: a 'text_config' of model_type '{}' is not supported, only '{}'", reader.origin(),
         config.model_type, kGemma3Text.model_type);
  }
  if (config.final_logit_softcapping > 0) {
    fail(ErrorCode::kUnsupported,
         "{}: 'final_logit_softcapping' of a multimodal model is not supported: transformers reads "
         "it there without applying it",
         reader.origin());
  }
  config.model_type = model_type;
  reader.fixed("tie_word_embeddings", config.tie_word_embeddings);
  reader.ignore(kWithoutEffect);
}

// What is run is the text model, and so that is what is written.
void write_config(const ModelConfig& config, Json& json) {
  write_text_config(config, json);
  json["model_type"] = std::string(kGemma3Text.model_type);
  json["architectures"] = Json::array({std::string(kGemma3Text.class_name)});
}

std::vector<std::string> stored_names(const std::string& name) {
  std::vector<std::string> names{"language_model." + name};  // "language_model.model.norm.weight"
  const std::string root = "model.";
  if (name.starts_with(root)) names.push_back("model.language_model." + name.substr(root.size()));
  return names;
}

bool is_not_run(const ModelConfig& /*config*/, std::string_view name) {
  constexpr auto kParts =
      std::to_array<std::string_view>({"vision_tower.", "multi_modal_projector.",
                                       "model.vision_tower.", "model.multi_modal_projector."});
  return std::ranges::any_of(kParts, [name](std::string_view p) { return name.starts_with(p); });
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

const Architecture kGemma3{.model_type = "gemma3",
                           .class_name = "Gemma3ForConditionalGeneration",
                           .read_config = read_config,
                           .write_config = write_config,
                           .make = make,
                           .stored_names = stored_names,
                           .is_not_run = is_not_run};

}  // namespace fundi::models
