#pragma once

#include "base/json.h"
#include "formats/gguf.h"
#include "models/gguf/key_reader.h"

namespace fundi::models {

// rope_theta and rope_scaling from the keys "rope.*" and, for Llama 3's scaling, from the tensor
// "rope_freqs.weight", which holds a divisor of each frequency; the numbers of config.json are
// those that give these divisors. `rotated` is how many dimensions of a head are rotated. Throws
// kUnsupported where there are none such.
void read_gguf_rope(const formats::GgufFile& file, GgufKeyReader& keys, int64_t rotated,
                    Json& config);

// The other way. Throws kUnsupported for a scaling that llama.cpp does not have or computes in
// another way.
void write_gguf_rope(const Json& config, formats::GgufMetadata& metadata);

// "rope_freqs.weight" for a config with Llama 3's scaling; undefined for others. [rotated / 2] f32
Tensor gguf_rope_divisors(const Json& config, int64_t rotated);

}  // namespace fundi::models
