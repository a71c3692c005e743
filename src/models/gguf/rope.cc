#include "models/gguf/rope.h"

#include <cmath>
#include <numbers>
#include <vector>

#include "base/error.h"
#include "models/arch/rotary.h"
#include "models/gguf/heads.h"
#include "models/rope_config.h"

namespace fundi::models {
namespace {

using formats::GgufMetadata;
using formats::GgufValue;
using Scaling = RopeConfig::Scaling;

constexpr std::string_view kDivisors = "rope_freqs.weight";
constexpr double kTolerance = 1e-5;  // of f32 arithmetic in another order

RopeConfig rope_of(const Json& config) {
  ConfigReader reader(config, "config.json");
  return read_rope(reader, config.at("max_position_embeddings").get<int64_t>(), 10000.0);
}

// By what each frequency is divided; llama3's scaling is meant.
std::vector<double> divisors_of(const RopeConfig& rope, int64_t rotated) {
  RopeConfig plain = rope;
  plain.scaling = Scaling::kNone;
  const Tensor kept = rope_frequencies(plain, rotated, 0, 0);
  const Tensor scaled = rope_frequencies(rope, rotated, 0, 0);
  std::vector<double> divisors;
  for (int64_t i = 0; i < rotated / 2; ++i) {
    divisors.push_back(static_cast<double>(kept.data<float>()[i]) /
                       static_cast<double>(scaled.data<float>()[i]));
  }
  return divisors;
}

bool agree(const RopeConfig& rope, const std::vector<double>& divisors) {
  const auto other = divisors_of(rope, 2 * static_cast<int64_t>(divisors.size()));
  for (size_t i = 0; i < divisors.size(); ++i) {
    if (!(std::fabs(other[i] - divisors[i]) <= kTolerance * std::fabs(divisors[i]))) return false;
  }
  return true;
}

// Between the short waves, which stay, and the long ones, which are divided by `factor`, the
// divisor d of frequency f obeys 1/d = (1 - s)/factor + s with s = (context f / 2 pi - low) /
// (high - low): s is linear in f. Context, low and high are determined up to one common multiple;
// low = 1, as in released models, settles it.
bool fit(const std::vector<double>& divisors, RopeConfig& rope) {
  double n = 0, sum_f = 0, sum_s = 0, sum_ff = 0, sum_fs = 0;
  const auto rotated = 2.0 * static_cast<double>(divisors.size());
  for (size_t i = 0; i < divisors.size(); ++i) {
    const double s = (1.0 / divisors[i] - 1.0 / rope.factor) / (1.0 - 1.0 / rope.factor);
    if (s < kTolerance || s > 1.0 - kTolerance) continue;
    const double f = std::pow(rope.theta, -2.0 * static_cast<double>(i) / rotated);
    n += 1, sum_f += f, sum_s += s, sum_ff += f * f, sum_fs += f * s;
  }
  if (n < 2) return false;
  const double slope = (n * sum_fs - sum_f * sum_s) / (n * sum_ff - sum_f * sum_f);
  const double offset = (sum_s - slope * sum_f) / n;
  if (!(slope > 0 && offset < 0)) return false;
  rope.low_freq_factor = 1.0;
  const double range = -1.0 / offset;
  rope.high_freq_factor = std::round((1.0 + range) * 1e4) / 1e4;
  rope.original_max_position_embeddings = std::llround(slope * range * 2.0 * std::numbers::pi);
  return rope.original_max_position_embeddings > 0;
}

void read_divisors(const formats::GgufFile& file, const std::string& origin, int64_t rotated,
                   RopeConfig& rope) {
  const Tensor stored = file.tensor(kDivisors);
  if (stored.dtype() != DType::kF32 || stored.shape() != Shape{rotated / 2}) {
    fail(ErrorCode::kCorruptData, "{}: tensor '{}' must be f32 {}, not {}", origin, kDivisors,
         Shape{rotated / 2}.to_string(), stored.to_string());
  }
  const auto values = stored.span<float>();
  const std::vector<double> divisors(values.begin(), values.end());
  rope.scaling = Scaling::kLlama3;
  rope.factor = divisors.back();
  rope.original_max_position_embeddings = 8192;  // Llama 3's own
  if (rope.factor >= 1 && agree(rope, divisors)) return;
  if (rope.factor > 1 && fit(divisors, rope) && agree(rope, divisors)) return;
  fail(ErrorCode::kUnsupported,
       "{}: tensor '{}' stretches the rotary positions in another way than Llama 3's", origin,
       kDivisors);
}

void read_yarn(GgufKeyReader& keys, RopeConfig& rope) {
  rope.beta_fast = keys.number("rope.scaling.yarn_beta_fast").value_or(rope.beta_fast);
  rope.beta_slow = keys.number("rope.scaling.yarn_beta_slow").value_or(rope.beta_slow);
  keys.fixed("rope.scaling.yarn_ext_factor", 1);
  keys.fixed("rope.scaling.yarn_attn_factor", 1);
  keys.fixed("rope.scaling.attn_factor", 1);
}

}  // namespace

void read_gguf_rope(const formats::GgufFile& file, GgufKeyReader& keys, int64_t rotated,
                    Json& config) {
  RopeConfig rope;
  rope.theta = keys.number("rope.freq_base").value_or(rope.theta);
  const std::string type = keys.string("rope.scaling.type").value_or("linear");
  const auto factor = keys.number("rope.scaling.factor");
  const auto older_factor = keys.number("rope.scale_linear");
  rope.factor = factor.value_or(older_factor.value_or(1.0));
  const auto context = keys.whole("rope.scaling.original_context_length");
  keys.ignore("rope.scaling.finetuned");
  if (type == "yarn") {
    rope.scaling = Scaling::kYarn;
    rope.original_max_position_embeddings =
        context.value_or(config.at("max_position_embeddings").get<int64_t>());
    read_yarn(keys, rope);
  } else if (type == "linear" || type == "none") {
    rope.scaling = type == "linear" && rope.factor != 1.0 ? Scaling::kLinear : Scaling::kNone;
  } else {
    fail(ErrorCode::kUnsupported, "{}: rotary positions scaled by '{}' are not supported",
         keys.origin(), type.substr(0, 80));
  }
  if (file.has(kDivisors)) {
    if (rope.scaling != Scaling::kNone) {
      fail(ErrorCode::kUnsupported, "{}: rotary positions scaled by '{}' and by tensor '{}'",
           keys.origin(), type, kDivisors);
    }
    read_divisors(file, keys.origin(), rotated, rope);
  }
  write_rope(rope, config);
}

void write_gguf_rope(const Json& config, GgufMetadata& metadata) {
  const std::string prefix = metadata.get<std::string>("general.architecture") + ".rope.";
  const RopeConfig rope = rope_of(config);
  metadata.set(prefix + "freq_base", GgufValue::f32(static_cast<float>(rope.theta)));
  const std::string scaling = prefix + "scaling.";
  const auto set_type = [&](const char* type) {
    metadata.set(scaling + "type", GgufValue::string(type));
    metadata.set(scaling + "factor", GgufValue::f32(static_cast<float>(rope.factor)));
  };
  switch (rope.scaling) {
    case Scaling::kNone:
    case Scaling::kLlama3:  // as a tensor
      return;
    case Scaling::kLinear:
      return set_type("linear");
    case Scaling::kDynamic:
      refuse_gguf("llama.cpp has no dynamic scaling of rotary positions");
    case Scaling::kYarn:
      break;
  }
  if (rope.attention_factor) refuse_gguf("llama.cpp computes YaRN's attention_factor itself");
  if (!rope.truncate)
    refuse_gguf("llama.cpp rounds the bounds of YaRN's ramp ('truncate' is false)");
  set_type("yarn");
  const auto context = static_cast<uint32_t>(rope.original_max_position_embeddings);
  metadata.set(scaling + "original_context_length", GgufValue::u32(context));
  metadata.set(scaling + "yarn_beta_fast", GgufValue::f32(static_cast<float>(rope.beta_fast)));
  metadata.set(scaling + "yarn_beta_slow", GgufValue::f32(static_cast<float>(rope.beta_slow)));
}

Tensor gguf_rope_divisors(const Json& config, int64_t rotated) {
  const RopeConfig rope = rope_of(config);
  if (rope.scaling != Scaling::kLlama3) return {};
  Tensor tensor({rotated / 2}, DType::kF32);
  const auto divisors = divisors_of(rope, rotated);
  for (size_t i = 0; i < divisors.size(); ++i) {
    tensor.data<float>()[i] = static_cast<float>(divisors[i]);
  }
  return tensor;
}

}  // namespace fundi::models
