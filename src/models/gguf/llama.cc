// Llama, and Mistral under the same name. Rows of queries and keys are interleaved, because
// llama.cpp rotates pairs of neighbours there.
#include "models/gguf/families.h"
#include "models/gguf/heads.h"

namespace fundi::models {
namespace {

void read(const formats::GgufFile& file, GgufKeyReader& keys, Json& config) {
  read_gguf_heads(file, keys, config);
  config["attention_bias"] = file.has("blk.0.attn_q.bias");
  config["mlp_bias"] = file.has("blk.0.ffn_up.bias");
}

void write(const Json& config, formats::GgufMetadata& metadata) {
  write_gguf_heads(config, metadata);
  limit_context_to_window(config, metadata);
}

GgufLayout layout(const Json& config, std::string_view name) {
  const auto interleaved = [&](const char* heads) {
    return GgufLayout{GgufLayout::Kind::kInterleaved, config.at(heads).get<int64_t>()};
  };
  if (name.find(".self_attn.q_proj.") != name.npos) return interleaved("num_attention_heads");
  if (name.find(".self_attn.k_proj.") != name.npos) return interleaved("num_key_value_heads");
  return {};
}

bool never(const formats::GgufFile&) { return false; }

}  // namespace

const GgufFamily kGgufLlama{.architecture = "llama",
                            .model_type = "llama",
                            .keys = {},
                            .read = read,
                            .write = write,
                            .rope_divisors = true,
                            .layout = layout};

const GgufFamily kGgufMistral{.architecture = "llama",
                              .model_type = "mistral",
                              .keys = {},
                              .read = nullptr,
                              .write = write,
                              .matches = never,
                              .layout = layout};

}  // namespace fundi::models
