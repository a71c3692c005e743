#pragma once

#include "models/arch/config_keys.h"
#include "models/arch/decoder.h"
#include "ops/route.h"

namespace fundi::models {

// What DeepSeek-V2 and V3 share: latent attention, leading dense layers, then layers of many small
// experts with some that all tokens use.

void read_deepseek(ConfigReader& reader, ModelConfig& config, const ConfigDefaults& defaults);
void write_deepseek(const ModelConfig& config, Json& json);

// How the routers choose: `routing` with the config's counts, groups and scaling filled in.
std::unique_ptr<Block> deepseek_block(const ModelConfig& config, int64_t layer,
                                      const std::string& name, ParameterReader& read,
                                      ops::Routing routing, bool correction_bias);

// Layers beyond the last are for predicting further tokens (multi-token prediction).
bool is_prediction_layer(const ModelConfig& config, std::string_view name);

}  // namespace fundi::models
