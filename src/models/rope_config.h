#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "models/config_reader.h"

namespace fundi::models {

// Rotary positions (Su et al. 2021, arXiv:2104.09864) and how they are stretched beyond the context
// that a model was pretrained with. Names are those of config.json where it has one.
struct RopeConfig {
  enum class Scaling : uint8_t {
    kNone,
    kLinear,   // positions divided by factor
    kDynamic,  // base raised with the length of the sequence (NTK-aware)
    kYarn,     // Peng et al. 2023, arXiv:2309.00071
    kLlama3,   // Llama 3.1 (arXiv:2407.21783)
  };
  double theta = 10000.0;
  Scaling scaling = Scaling::kNone;
  double factor = 1.0;
  int64_t original_max_position_embeddings = 0;          // yarn, llama3
  double low_freq_factor = 1.0, high_freq_factor = 4.0;  // llama3
  double beta_fast = 32.0, beta_slow = 1.0;              // yarn, as all that follows
  std::optional<double> attention_factor;                // of cos and sin
  std::optional<double> mscale, mscale_all_dim;          // DeepSeek's way to give it
  bool truncate = true;                                  // whole dimensions as bounds of the ramp
};

// A base under `key`: above 1, since wavelengths grow with the dimension.
double read_rope_theta(ConfigReader& reader, std::string_view key, double default_theta);
// transformers 4 writes rope_theta and rope_scaling, transformers 5 one object rope_parameters.
// `max_positions` is the model's max_position_embeddings.
RopeConfig read_rope(ConfigReader& reader, int64_t max_positions, double default_theta);
// The object of one kind of rotation: rope_scaling, or a part of rope_parameters.
RopeConfig read_rope_object(const Json& json, const std::string& origin, int64_t max_positions,
                            double default_theta);

// rope_theta and rope_scaling, which transformers 4 and 5 read.
void write_rope(const RopeConfig& rope, Json& json);

}  // namespace fundi::models
