#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/json.h"
#include "formats/gguf.h"
#include "models/gguf/key_reader.h"
#include "models/gguf/names.h"

namespace fundi::models {

// A member of config.json and its counterpart behind "ARCHITECTURE." in GGUF metadata.
struct GgufKey {
  enum class Kind : uint8_t { kWhole, kNumber, kFlag };
  std::string_view hf, gguf;
  Kind kind = Kind::kWhole;
  bool required = true;  // in GGUF files
};

// How a GGUF file stores a weight, seen from the Hugging Face one.
struct GgufLayout {
  enum class Kind : uint8_t {
    kSame,
    kInterleaved,  // rows of each head: first half and second half alternate (RoPE of pairs)
    kPlusOne,      // the norm's weight with the 1 that Gemma adds when it computes
    kSplitKv,      // kv_b_proj of latent attention as attn_k_b (each head transposed) and attn_v_b
  };
  Kind kind = Kind::kSame;
  int64_t heads = 0;  // kInterleaved, kSplitKv
};

// A family of models as GGUF files know it. Config is the object of config.json, as
// ModelConfig::to_json writes it and from_json reads it.
struct GgufFamily {
  std::string_view architecture;  // general.architecture
  std::string_view model_type;    // of config.json
  std::span<const GgufKey> keys;  // those that the table kGgufKeys of all families lacks
  GgufNorms norms = GgufNorms::kPre;
  const char* expert_count_key = "num_experts";  // of config.json
  // Members and keys that no table can say. Reading throws kUnsupported for what fundi does not
  // run; writing, with the reason, for what llama.cpp would run otherwise.
  void (*read)(const formats::GgufFile& file, GgufKeyReader& keys, Json& config) = nullptr;
  void (*write)(const Json& config, formats::GgufMetadata& metadata) = nullptr;
  bool rope_divisors = false;  // Llama 3's scaling has its tensor, rope_freqs.weight
  // Where several share an architecture: whether a file is of this one. Null: any.
  bool (*matches)(const formats::GgufFile& file) = nullptr;
  // `name` as in a Hugging Face directory ("model.layers.0.self_attn.q_proj.weight"). Null: all the
  // same.
  GgufLayout (*layout)(const Json& config, std::string_view name) = nullptr;
};

// One file each.
extern const GgufFamily kGgufLlama;
extern const GgufFamily kGgufMistral;
extern const GgufFamily kGgufQwen2;
extern const GgufFamily kGgufQwen3;
extern const GgufFamily kGgufQwen3Moe;
extern const GgufFamily kGgufGemma2;
extern const GgufFamily kGgufGemma3;
extern const GgufFamily kGgufDeepseekV2;
extern const GgufFamily kGgufDeepseekV3;

// From the explicit list in all.cc. Throw kUnsupported naming those that are known.
const GgufFamily& gguf_family_of_architecture(const formats::GgufFile& file,
                                              const std::string& origin);
const GgufFamily& gguf_family_of_model(std::string_view model_type);

}  // namespace fundi::models
