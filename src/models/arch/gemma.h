#pragma once

#include "models/arch/config_keys.h"
#include "models/arch/decoder.h"

namespace fundi::models {

// What the Gemma 2 and 3 families share: norms stored as their distance from one, a scaled
// embedding, sandwich-norm blocks with a tanh-GELU gate, local and global layers, tied embeddings.

// All but RoPE. Layer i is local where layer_types says so or, by default, where (i + 1) is no
// multiple of `pattern`.
void read_gemma(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults,
                int64_t pattern);
void write_gemma(const ModelConfig& config, Json& json);

std::unique_ptr<Block> gemma_block(const ModelConfig& config, int64_t layer,
                                   const std::string& name, ParameterReader& read, bool qk_norm);
std::unique_ptr<Model> make_gemma(const ModelConfig& config, WeightSource& weights,
                                  BlockMaker make_block);

}  // namespace fundi::models
