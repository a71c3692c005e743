#pragma once

#include "models/gguf/families.h"

namespace fundi::models {

// What families with grouped-query attention share: heads, their size, rotary positions, and biases
// where config.json says so.
void read_gguf_heads(const formats::GgufFile& file, GgufKeyReader& keys, Json& config);
void write_gguf_heads(const Json& config, formats::GgufMetadata& metadata);

// Where config.json has a sliding window of attention and llama.cpp's family has none: within the
// window both compute the same, so that is the context the file gives.
void limit_context_to_window(const Json& config, formats::GgufMetadata& metadata);

// head_dim of a config.json, where it may be absent.
int64_t head_dim_of(const Json& config);

// Throws kUnsupported with `why`, as "cannot be written as GGUF: WHY".
[[noreturn]] void refuse_gguf(std::string_view why);

}  // namespace fundi::models
