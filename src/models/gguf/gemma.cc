// Gemma 2 and 3. Norms are stored with the 1 that the model adds to them.
#include <cmath>
#include <vector>

#include "base/error.h"
#include "models/gguf/families.h"
#include "models/gguf/heads.h"

namespace fundi::models {
namespace {

using formats::GgufMetadata;
using formats::GgufValue;

constexpr const char* kPattern = "attention.sliding_window_pattern";
constexpr const char* kLocal = "sliding_attention";
constexpr const char* kGlobal = "full_attention";

constexpr auto kGemma2Keys = std::to_array<GgufKey>({
    {"sliding_window", "attention.sliding_window"},
    {"attn_logit_softcapping", "attn_logit_softcapping", GgufKey::Kind::kNumber, false},
    {"final_logit_softcapping", "final_logit_softcapping", GgufKey::Kind::kNumber, false},
});

constexpr auto kGemma3Keys = std::to_array<GgufKey>({
    {"sliding_window", "attention.sliding_window", GgufKey::Kind::kWhole, false},
    {"final_logit_softcapping", "final_logit_softcapping", GgufKey::Kind::kNumber, false},
    {"rope_local_base_freq", "rope.freq_base_swa", GgufKey::Kind::kNumber, false},
});

// What llama.cpp divides scores by the root of: files do not say it, the largest model is known by
// its number of layers.
int64_t score_divisor(const Json& config, int64_t layers_of_largest) {
  if (config.at("num_hidden_layers").get<int64_t>() != layers_of_largest) {
    return head_dim_of(config);
  }
  return config.at("hidden_size").get<int64_t>() / config.at("num_attention_heads").get<int64_t>();
}

// Every `period`th layer is global.
std::vector<std::string> layer_types(const Json& config, int64_t period) {
  std::vector<std::string> types;
  for (int64_t i = 1; i <= config.at("num_hidden_layers").get<int64_t>(); ++i) {
    types.emplace_back(period > 0 && i % period == 0 ? kGlobal : kLocal);
  }
  return types;
}

// A period, or for each layer whether it is local.
std::vector<std::string> read_layer_types(const formats::GgufFile& file, GgufKeyReader& keys,
                                          const Json& config, int64_t period) {
  const formats::GgufValue* value = file.metadata().find(keys.full_name(kPattern));
  if (value == nullptr) return layer_types(config, period);
  if (!value->is_array) return layer_types(config, keys.whole(kPattern).value_or(period));
  const auto& local = file.metadata().array<int64_t>(keys.full_name(kPattern));
  if (static_cast<int64_t>(local.size()) != config.at("num_hidden_layers").get<int64_t>()) {
    fail(ErrorCode::kCorruptData, "{}: metadata key '{}' has {} items for {} layers", keys.origin(),
         keys.full_name(kPattern), local.size(), config.at("num_hidden_layers").get<int64_t>());
  }
  std::vector<std::string> types;
  for (const int64_t is_local : local) types.emplace_back(is_local != 0 ? kLocal : kGlobal);
  return types;
}

void write_layer_types(const Json& config, int64_t period, GgufMetadata& metadata) {
  const auto types = config.at("layer_types").get<std::vector<std::string>>();
  if (types == layer_types(config, period)) return;
  GgufValue value{.type = formats::GgufType::kBool, .is_array = true, .items = {}};
  std::vector<int64_t> local;
  for (const std::string& type : types) local.push_back(type == kLocal ? 1 : 0);
  value.items = std::move(local);
  metadata.set(metadata.get<std::string>("general.architecture") + "." + kPattern, value);
}

void check_writable(const Json& config, int64_t layers_of_largest) {
  const double scalar = config.at("query_pre_attn_scalar").get<double>();
  const auto divisor = static_cast<double>(score_divisor(config, layers_of_largest));
  if (scalar != divisor) {
    refuse_gguf(fmt::format("llama.cpp would take {} for query_pre_attn_scalar, which is {}",
                            divisor, scalar));
  }
  if (config.value("attention_bias", false)) {
    refuse_gguf("llama.cpp's gemma has no biases ('attention_bias' is true)");
  }
}

constexpr int64_t kLargestGemma2 = 46, kLargestGemma3 = 62;
constexpr int64_t kPeriodGemma2 = 2, kPeriodGemma3 = 6;

void read_gemma2(const formats::GgufFile& file, GgufKeyReader& keys, Json& config) {
  read_gguf_heads(file, keys, config);
  config["query_pre_attn_scalar"] = score_divisor(config, kLargestGemma2);
  config["layer_types"] = read_layer_types(file, keys, config, kPeriodGemma2);
}

void write_gemma2(const Json& config, GgufMetadata& metadata) {
  check_writable(config, kLargestGemma2);
  if (!config.at("tie_word_embeddings").get<bool>()) {
    refuse_gguf("llama.cpp's gemma2 ties the head to the embedding");
  }
  write_gguf_heads(config, metadata);
  write_layer_types(config, kPeriodGemma2, metadata);
}

void read_gemma3(const formats::GgufFile& file, GgufKeyReader& keys, Json& config) {
  read_gguf_heads(file, keys, config);
  config["query_pre_attn_scalar"] = score_divisor(config, kLargestGemma3);
  if (!config.contains("rope_local_base_freq")) config["rope_local_base_freq"] = 10000.0;
  const bool has_window = config.contains("sliding_window") && config["sliding_window"] != 0;
  if (has_window) {
    config["layer_types"] = read_layer_types(file, keys, config, kPeriodGemma3);
  } else {
    keys.ignore(kPattern);
    config["sliding_window"] = nullptr;
    config["layer_types"] = layer_types(config, 1);
  }
}

void write_gemma3(const Json& config, GgufMetadata& metadata) {
  check_writable(config, kLargestGemma3);
  write_gguf_heads(config, metadata);
  if (config.at("sliding_window").is_null()) return;
  write_layer_types(config, kPeriodGemma3, metadata);
}

GgufLayout layout(const Json&, std::string_view name) {
  return {name.ends_with("norm.weight") ? GgufLayout::Kind::kPlusOne : GgufLayout::Kind::kSame};
}

}  // namespace

const GgufFamily kGgufGemma2{.architecture = "gemma2",
                             .model_type = "gemma2",
                             .keys = kGemma2Keys,
                             .norms = GgufNorms::kSandwich,
                             .read = read_gemma2,
                             .write = write_gemma2,
                             .layout = layout};

const GgufFamily kGgufGemma3{.architecture = "gemma3",
                             .model_type = "gemma3_text",
                             .keys = kGemma3Keys,
                             .norms = GgufNorms::kSandwich,
                             .read = read_gemma3,
                             .write = write_gemma3,
                             .layout = layout};

}  // namespace fundi::models
