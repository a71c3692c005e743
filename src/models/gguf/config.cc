#include "models/gguf/config.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/error.h"
#include "models/gguf/families.h"

namespace fundi::models {
namespace {

using formats::GgufMetadata;
using formats::GgufValue;
using Kind = GgufKey::Kind;

// What every family has.
constexpr auto kGgufKeys = std::to_array<GgufKey>({
    {"hidden_size", "embedding_length"},
    {"num_hidden_layers", "block_count"},
    {"max_position_embeddings", "context_length"},
    {"intermediate_size", "feed_forward_length"},
    {"num_attention_heads", "attention.head_count"},
    {"rms_norm_eps", "attention.layer_norm_rms_epsilon", Kind::kNumber},
});

void read_key(const GgufKey& key, GgufKeyReader& keys, Json& config) {
  const std::string hf(key.hf);
  if (key.kind == Kind::kWhole) {
    if (const auto value = keys.whole(key.gguf)) config[hf] = *value;
  } else if (key.kind == Kind::kNumber) {
    if (const auto value = keys.number(key.gguf)) config[hf] = *value;
  } else if (const auto value = keys.flag(key.gguf)) {
    config[hf] = *value;
  }
  if (key.required && !config.contains(hf)) {
    fail(ErrorCode::kCorruptData, "{}: metadata key '{}' is missing", keys.origin(),
         keys.full_name(key.gguf));
  }
}

void write_key(const GgufKey& key, const std::string& prefix, const Json& config,
               GgufMetadata& metadata) {
  const auto found = config.find(std::string(key.hf));
  if (found == config.end() || found->is_null()) return;
  const std::string name = prefix + std::string(key.gguf);
  if (key.kind == Kind::kWhole) {
    metadata.set(name, GgufValue::u32(found->get<uint32_t>()));
  } else if (key.kind == Kind::kNumber) {
    metadata.set(name, GgufValue::f32(found->get<float>()));
  } else {
    metadata.set(name, GgufValue::boolean(found->get<bool>()));
  }
}

// The roles of tokens; a chat model ends its turns with another token than its texts.
void read_tokens(const GgufMetadata& metadata, Json& config) {
  const auto id = [&](const char* role) {
    return metadata.get_optional<int64_t>(std::string("tokenizer.ggml.") + role + "_token_id");
  };
  if (const auto bos = id("bos")) config["bos_token_id"] = *bos;
  if (const auto pad = id("padding")) config["pad_token_id"] = *pad;
  std::vector<int64_t> ends;
  for (const char* role : {"eos", "eot"}) {
    const auto end = id(role);
    if (end && std::ranges::find(ends, *end) == ends.end()) ends.push_back(*end);
  }
  if (!ends.empty()) config["eos_token_id"] = ends;
}

}  // namespace

Json config_from_gguf(const formats::GgufFile& file, const std::string& origin) {
  const GgufFamily& family = gguf_family_of_architecture(file, origin);
  GgufKeyReader keys(file.metadata(), std::string(family.architecture), origin);
  Json config;
  config["model_type"] = std::string(family.model_type);
  for (const GgufKey& key : kGgufKeys) read_key(key, keys, config);
  for (const GgufKey& key : family.keys) read_key(key, keys, config);
  const Tensor embedding = file.tensor("token_embd.weight");
  if (embedding.shape().rank() != 2) {
    fail(ErrorCode::kCorruptData, "{}: tensor 'token_embd.weight' must have two dimensions, not {}",
         origin, embedding.shape().to_string());
  }
  config["vocab_size"] = embedding.dim(0);
  config["tie_word_embeddings"] = !file.has("output.weight");
  keys.ignore("vocab_size");
  read_tokens(file.metadata(), config);
  if (family.read != nullptr) family.read(file, keys, config);
  keys.finish();
  return config;
}

void config_to_gguf(const Json& config, GgufMetadata& metadata) {
  const GgufFamily& family = gguf_family_of_model(config.at("model_type").get<std::string>());
  metadata.set("general.architecture", GgufValue::string(std::string(family.architecture)));
  const std::string prefix = std::string(family.architecture) + ".";
  for (const GgufKey& key : kGgufKeys) write_key(key, prefix, config, metadata);
  for (const GgufKey& key : family.keys) write_key(key, prefix, config, metadata);
  metadata.set(prefix + "vocab_size", GgufValue::u32(config.at("vocab_size").get<uint32_t>()));
  if (family.write != nullptr) family.write(config, metadata);
}

}  // namespace fundi::models
