#include "models/rope_config.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace fundi::models {
namespace {

using Scaling = RopeConfig::Scaling;

constexpr double kMaxFactor = 1e6;
constexpr int64_t kMaxPositions = int64_t{1} << 30;

constexpr std::array<std::pair<Scaling, std::string_view>, 5> kNames{{
    {Scaling::kNone, "default"},
    {Scaling::kLinear, "linear"},
    {Scaling::kDynamic, "dynamic"},
    {Scaling::kYarn, "yarn"},
    {Scaling::kLlama3, "llama3"},
}};

Scaling scaling_of(std::string_view type, const std::string& origin) {
  for (const auto& [scaling, name] : kNames) {
    if (name == type) return scaling;
  }
  fail(ErrorCode::kUnsupported,
       "{}: RoPE of type '{}' is not supported, only default, linear, dynamic, yarn and llama3",
       origin, type.substr(0, 80));
}

// Older files say "type", newer ones "rope_type", some both.
Scaling read_type(ConfigReader& reader) {
  const std::string older = reader.string("type", "default");
  return scaling_of(reader.string("rope_type", older), reader.origin());
}

void read_llama3(ConfigReader& reader, RopeConfig& rope) {
  rope.low_freq_factor = reader.number("low_freq_factor", 0, kMaxFactor, rope.low_freq_factor);
  rope.high_freq_factor = reader.number("high_freq_factor", 0, kMaxFactor, rope.high_freq_factor);
  if (rope.high_freq_factor > rope.low_freq_factor) return;
  fail(ErrorCode::kInvalidArgument,
       "{}: 'high_freq_factor' ({}) must be above 'low_freq_factor' ({})", reader.origin(),
       rope.high_freq_factor, rope.low_freq_factor);
}

void read_yarn(ConfigReader& reader, RopeConfig& rope) {
  constexpr double kNonNegative = -1e-300;
  rope.beta_fast = reader.number("beta_fast", 0, kMaxFactor, rope.beta_fast);
  rope.beta_slow = reader.number("beta_slow", 0, kMaxFactor, rope.beta_slow);
  rope.attention_factor = reader.optional_number("attention_factor", kNonNegative, kMaxFactor);
  rope.mscale = reader.optional_number("mscale", kNonNegative, kMaxFactor);
  rope.mscale_all_dim = reader.optional_number("mscale_all_dim", kNonNegative, kMaxFactor);
  rope.truncate = reader.boolean("truncate", true);
}

}  // namespace

double read_rope_theta(ConfigReader& reader, std::string_view key, double default_theta) {
  constexpr double kMinTheta = 1.0, kMaxTheta = 1e15;
  return reader.number(key, kMinTheta, kMaxTheta, default_theta);
}

RopeConfig read_rope_object(const Json& json, const std::string& origin, int64_t max_positions,
                            double default_theta) {
  ConfigReader reader(json, origin);
  RopeConfig rope;
  rope.theta = read_rope_theta(reader, "rope_theta", default_theta);
  rope.scaling = read_type(reader);
  reader.fixed("partial_rotary_factor", 1.0);
  if (rope.scaling == Scaling::kYarn || rope.scaling == Scaling::kLlama3) {
    rope.original_max_position_embeddings =
        reader.integer("original_max_position_embeddings", 1, kMaxPositions, max_positions);
  }
  if (rope.scaling == Scaling::kYarn) {
    rope.factor = static_cast<double>(max_positions) /
                  static_cast<double>(rope.original_max_position_embeddings);
    read_yarn(reader, rope);
  }
  if (rope.scaling == Scaling::kLlama3) read_llama3(reader, rope);
  if (rope.scaling != Scaling::kNone) {
    rope.factor = reader.number("factor", 0, kMaxFactor, rope.factor);
  }
  reader.finish();
  return rope;
}

RopeConfig read_rope(ConfigReader& reader, int64_t max_positions, double default_theta) {
  RopeConfig rope;
  const bool has_theta = reader.find("rope_theta") != nullptr;
  rope.theta = read_rope_theta(reader, "rope_theta", default_theta);
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    const Json* value = reader.find(key);
    if (value == nullptr) continue;
    const double theta = rope.theta;
    rope = read_rope_object(*value, reader.origin() + ": " + key, max_positions, theta);
    if (has_theta && rope.theta != theta) {
      fail(ErrorCode::kInvalidArgument, "{}: 'rope_theta' is {} but '{}' says {}", reader.origin(),
           theta, key, rope.theta);
    }
  }
  return rope;
}

void write_rope(const RopeConfig& rope, Json& json) {
  json["rope_theta"] = rope.theta;
  json["rope_scaling"] = nullptr;
  if (rope.scaling == Scaling::kNone) return;
  Json& scaling = json["rope_scaling"];
  scaling["rope_type"] = std::string(kNames[static_cast<size_t>(rope.scaling)].second);
  scaling["factor"] = rope.factor;
  if (rope.scaling == Scaling::kLlama3) {
    scaling["low_freq_factor"] = rope.low_freq_factor;
    scaling["high_freq_factor"] = rope.high_freq_factor;
  }
  if (rope.scaling == Scaling::kYarn) {
    scaling["beta_fast"] = rope.beta_fast;
    scaling["beta_slow"] = rope.beta_slow;
    if (rope.attention_factor) scaling["attention_factor"] = *rope.attention_factor;
    if (rope.mscale) scaling["mscale"] = *rope.mscale;
    if (rope.mscale_all_dim) scaling["mscale_all_dim"] = *rope.mscale_all_dim;
    scaling["truncate"] = rope.truncate;
  }
  if (rope.original_max_position_embeddings > 0) {
    scaling["original_max_position_embeddings"] = rope.original_max_position_embeddings;
  }
}

}  // namespace fundi::models
