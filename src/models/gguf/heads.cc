#include "models/gguf/heads.h"

#include <algorithm>

#include "base/error.h"
#include "models/gguf/rope.h"

namespace fundi::models {

using formats::GgufMetadata;
using formats::GgufValue;

int64_t head_dim_of(const Json& config) {
  const auto found = config.find("head_dim");
  if (found != config.end() && !found->is_null()) return found->get<int64_t>();
  return config.at("hidden_size").get<int64_t>() / config.at("num_attention_heads").get<int64_t>();
}

void read_gguf_heads(const formats::GgufFile& file, GgufKeyReader& keys, Json& config) {
  const auto heads = config.at("num_attention_heads").get<int64_t>();
  config["num_key_value_heads"] = keys.whole("attention.head_count_kv").value_or(heads);
  int64_t head_dim = keys.whole("attention.key_length").value_or(0);
  if (head_dim == 0) {
    const auto width = config.at("hidden_size").get<int64_t>();
    if (heads < 1 || width % heads != 0) {
      fail(ErrorCode::kCorruptData, "{}: width {} does not divide into {} heads", keys.origin(),
           width, heads);
    }
    head_dim = width / heads;
  }
  if (head_dim < 2 || head_dim % 2 != 0 || head_dim > (1 << 14)) {
    fail(ErrorCode::kCorruptData, "{}: heads of {} elements", keys.origin(), head_dim);
  }
  config["head_dim"] = head_dim;
  keys.fixed("attention.value_length", static_cast<double>(head_dim));
  keys.fixed("rope.dimension_count", static_cast<double>(head_dim));
  read_gguf_rope(file, keys, head_dim, config);
}

void write_gguf_heads(const Json& config, GgufMetadata& metadata) {
  const std::string prefix = metadata.get<std::string>("general.architecture") + ".";
  const auto set = [&](const char* key, int64_t value) {
    metadata.set(prefix + key, GgufValue::u32(static_cast<uint32_t>(value)));
  };
  set("attention.head_count_kv", config.at("num_key_value_heads").get<int64_t>());
  set("attention.key_length", head_dim_of(config));
  set("attention.value_length", head_dim_of(config));
  set("rope.dimension_count", head_dim_of(config));
  write_gguf_rope(config, metadata);
}

void limit_context_to_window(const Json& config, GgufMetadata& metadata) {
  const auto window = config.find("sliding_window");
  const auto used = config.find("use_sliding_window");  // Qwen's
  if (window == config.end() || window->is_null()) return;
  if (used != config.end() && !used->get<bool>()) return;
  const std::string key = metadata.get<std::string>("general.architecture") + ".context_length";
  const int64_t context = std::min(window->get<int64_t>(), metadata.get<int64_t>(key));
  metadata.set(key, GgufValue::u32(static_cast<uint32_t>(context)));
}

void refuse_gguf(std::string_view why) {
  fail(ErrorCode::kUnsupported, "cannot be written as GGUF: {}", why);
}

}  // namespace fundi::models
