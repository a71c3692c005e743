#include "models/arch/config_keys.h"

#include <utility>

#include "base/error.h"

namespace fundi::models {
namespace {

constexpr int64_t kMaxVocabulary = int64_t{1} << 24;
constexpr int64_t kMaxExperts = 1 << 14;
constexpr const char* kSliding = "sliding_attention";
constexpr const char* kFull = "full_attention";

int64_t required_or(ConfigReader& reader, std::string_view key, int64_t high, int64_t fallback) {
  return fallback > 0 ? reader.integer(key, 1, high, fallback) : reader.required(key, 1, high);
}

Json size_or_null(int64_t size) { return size > 0 ? Json(size) : Json(nullptr); }

}  // namespace

void read_decoder(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults) {
  config.vocab_size = required_or(reader, "vocab_size", kMaxVocabulary, defaults.vocab_size);
  config.hidden_size = reader.required("hidden_size", 1, kMaxWidth);
  config.intermediate_size = reader.required("intermediate_size", 1, kMaxWidth);
  config.num_hidden_layers = reader.required("num_hidden_layers", 1, kMaxLayers);
  config.max_position_embeddings =
      reader.integer("max_position_embeddings", 1, kMaxPositions, defaults.max_position_embeddings);
  config.rms_norm_eps = reader.number("rms_norm_eps", 0, 1, config.rms_norm_eps);
  config.tie_word_embeddings = reader.boolean("tie_word_embeddings", defaults.tie_word_embeddings);
  config.initializer_range =
      reader.number("initializer_range", -1e-300, 1e3, config.initializer_range);
}

void write_decoder(const ModelConfig& config, Json& json) {
  json["hidden_size"] = config.hidden_size;
  json["initializer_range"] = config.initializer_range;
  json["intermediate_size"] = config.intermediate_size;
  json["max_position_embeddings"] = config.max_position_embeddings;
  json["num_hidden_layers"] = config.num_hidden_layers;
  json["rms_norm_eps"] = config.rms_norm_eps;
  json["tie_word_embeddings"] = config.tie_word_embeddings;
  json["vocab_size"] = config.vocab_size;
}

void read_heads(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults) {
  config.num_attention_heads =
      required_or(reader, "num_attention_heads", kMaxHeads, defaults.num_attention_heads);
  config.num_key_value_heads = reader.integer(
      "num_key_value_heads", 1, kMaxHeads,
      defaults.num_key_value_heads > 0 ? defaults.num_key_value_heads : config.num_attention_heads);
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    fail(ErrorCode::kInvalidArgument,
         "{}: 'num_attention_heads' ({}) must be a multiple of 'num_key_value_heads' ({})",
         reader.origin(), config.num_attention_heads, config.num_key_value_heads);
  }
  int64_t head_dim = defaults.head_dim;
  if (head_dim == 0 && reader.find("head_dim") == nullptr) {
    if (config.hidden_size % config.num_attention_heads != 0) {
      fail(ErrorCode::kInvalidArgument,
           "{}: 'hidden_size' ({}) must be a multiple of 'num_attention_heads' ({}) where "
           "'head_dim' is not given",
           reader.origin(), config.hidden_size, config.num_attention_heads);
    }
    head_dim = config.hidden_size / config.num_attention_heads;
  }
  config.head_dim = reader.integer("head_dim", 1, kMaxHeadDim, head_dim);
  if (config.head_dim % 2 != 0 || config.head_dim * config.num_attention_heads > kMaxWidth) {
    fail(ErrorCode::kInvalidArgument,
         "{}: 'head_dim' ({}) must be even, and at most {} times the number of heads",
         reader.origin(), config.head_dim, kMaxWidth);
  }
}

void write_heads(const ModelConfig& config, Json& json) {
  json["head_dim"] = size_or_null(config.head_dim);
  json["num_attention_heads"] = config.num_attention_heads;
  json["num_key_value_heads"] = size_or_null(config.num_key_value_heads);
}

void read_llama_like(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults) {
  read_decoder(reader, config, defaults);
  read_heads(reader, config, defaults);
  config.rope = read_rope(reader, config.max_position_embeddings, defaults.rope_theta);
  reader.fixed("hidden_act", "silu");
}

void write_llama_like(const ModelConfig& config, Json& json) {
  write_decoder(config, json);
  write_heads(config, json);
  write_rope(config.rope, json);
  json["hidden_act"] = "silu";
}

int64_t read_window_size(ConfigReader& reader, int64_t fallback) {
  if (reader.contains("sliding_window")) fallback = 0;
  return reader.integer("sliding_window", 1, kMaxPositions, fallback);
}

void write_window_size(const ModelConfig& config, Json& json) {
  json["sliding_window"] = size_or_null(config.window.size);
}

void read_upper_window(ConfigReader& reader, ModelConfig& config) {
  const bool used = reader.boolean("use_sliding_window", false);
  const int64_t size = read_window_size(reader, 4096);
  const int64_t first = reader.integer("max_window_layers", 0, kMaxLayers, 28);
  std::vector<bool> layers;
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    layers.push_back(used && size > 0 && i >= first);
  }
  config.window.size = used ? size : 0;
  config.window.layers = read_layer_types(reader, config.num_hidden_layers, std::move(layers));
}

void write_upper_window(const ModelConfig& config, Json& json) {
  int64_t first = 0;
  while (first < config.num_hidden_layers && config.window.of(first) == 0) ++first;
  json["max_window_layers"] = first;
  json["use_sliding_window"] = config.window.size > 0;
  write_window_size(config, json);
  write_layer_types(config, json);
}

void read_experts(ConfigReader& reader, ModelConfig& config,
                  std::initializer_list<std::string_view> names) {
  MoeConfig& moe = config.moe;
  std::string_view found = *names.begin();
  for (const std::string_view name : names) {
    if (reader.find(name) == nullptr) continue;
    found = name;
    break;
  }
  moe.num_experts = reader.required(found, 1, kMaxExperts);
  moe.num_experts_per_tok = reader.required("num_experts_per_tok", 1, moe.num_experts);
  moe.moe_intermediate_size = reader.required("moe_intermediate_size", 1, kMaxWidth);
  moe.router_aux_loss_coef =
      reader.number("router_aux_loss_coef", -1e-300, 1e3, moe.router_aux_loss_coef);
}

void write_experts(const ModelConfig& config, Json& json, std::string_view name) {
  json[std::string(name)] = config.moe.num_experts;
  json["num_experts_per_tok"] = config.moe.num_experts_per_tok;
  json["moe_intermediate_size"] = config.moe.moe_intermediate_size;
  json["router_aux_loss_coef"] = config.moe.router_aux_loss_coef;
}

bool has_experts(const ModelConfig& config, int64_t layer) {
  const auto i = static_cast<size_t>(layer);
  return i < config.moe.layers.size() && config.moe.layers[i];
}

std::vector<bool> read_layer_types(ConfigReader& reader, int64_t layers,
                                   std::vector<bool> fallback) {
  const Json* value = reader.find("layer_types");
  if (value == nullptr) return fallback;
  if (!value->is_array() || value->size() != static_cast<size_t>(layers)) {
    fail(ErrorCode::kInvalidArgument, "{}: 'layer_types' must be a list of {} types, not {}",
         reader.origin(), layers, ConfigReader::shown(*value));
  }
  std::vector<bool> windowed;
  for (const Json& type : *value) {
    if (type != kSliding && type != kFull) {
      fail(ErrorCode::kUnsupported, "{}: a layer of type {} is not supported, only {} and {}",
           reader.origin(), ConfigReader::shown(type), kFull, kSliding);
    }
    windowed.push_back(type == kSliding);
  }
  return windowed;
}

void write_layer_types(const ModelConfig& config, Json& json) {
  Json types = Json::array();
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) {
    types.push_back(config.window.of(i) > 0 ? kSliding : kFull);
  }
  json["layer_types"] = std::move(types);
}

}  // namespace fundi::models
