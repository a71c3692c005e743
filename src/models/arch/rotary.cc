#include "models/arch/rotary.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace fundi::models {
namespace {

using Scaling = RopeConfig::Scaling;

// 1 / theta^(2i/R)
std::vector<float> plain_frequencies(double theta, int64_t rotated) {
  std::vector<float> frequencies;
  const auto base = static_cast<double>(static_cast<float>(theta));
  for (int64_t i = 0; i < rotated; i += 2) {
    const float exponent = static_cast<float>(i) / static_cast<float>(rotated);
    frequencies.push_back(1.0f / static_cast<float>(std::pow(base, static_cast<double>(exponent))));
  }
  return frequencies;
}

// NTK-aware: the base grows so that the longest wave spans the sequence, the shortest stays.
double dynamic_theta(const RopeConfig& config, int64_t rotated, int64_t max_positions,
                     int64_t length) {
  if (length <= max_positions || rotated <= 2) return config.theta;
  const double ratio = static_cast<double>(length) / static_cast<double>(max_positions);
  const auto dimensions = static_cast<double>(rotated);
  return config.theta *
         std::pow(config.factor * ratio - (config.factor - 1.0), dimensions / (dimensions - 2.0));
}

// Long waves are divided by factor, short ones kept, those between interpolated.
void scale_llama3(const RopeConfig& config, std::vector<float>& frequencies) {
  const auto context = static_cast<float>(config.original_max_position_embeddings);
  const auto factor = static_cast<float>(config.factor);
  const auto low = static_cast<float>(config.low_freq_factor);
  const auto high = static_cast<float>(config.high_freq_factor);
  for (float& frequency : frequencies) {
    const float wave = static_cast<float>(2.0 * std::numbers::pi) / frequency;
    if (wave < context / high) continue;
    if (wave > context / low) {
      frequency /= factor;
    } else {
      const float smooth = (context / wave - low) / (high - low);
      frequency = (1.0f - smooth) * frequency / factor + smooth * frequency;
    }
  }
}

// The dimension whose wave turns `rotations` times within the pretraining context.
double yarn_dimension(const RopeConfig& config, double rotations, int64_t rotated) {
  const auto context = static_cast<double>(config.original_max_position_embeddings);
  return static_cast<double>(rotated) * std::log(context / (rotations * 2.0 * std::numbers::pi)) /
         (2.0 * std::log(config.theta));
}

// Interpolated frequencies where waves are long, the plain ones where they are short, a ramp
// between.
void scale_yarn(const RopeConfig& config, int64_t rotated, std::vector<float>& frequencies) {
  double low = yarn_dimension(config, config.beta_fast, rotated);
  double high = yarn_dimension(config, config.beta_slow, rotated);
  if (config.truncate) low = std::floor(low), high = std::ceil(high);
  low = std::max(low, 0.0);
  high = std::min(high, static_cast<double>(rotated - 1));
  if (low == high) high += 0.001;
  const auto factor = static_cast<float>(config.factor);
  const auto begin = static_cast<float>(low), width = static_cast<float>(high - low);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    const float ramp = std::clamp((static_cast<float>(i) - begin) / width, 0.0f, 1.0f);
    const float keep = 1.0f - ramp;
    frequencies[i] = frequencies[i] / factor * (1.0f - keep) + frequencies[i] * keep;
  }
}

}  // namespace

Tensor rope_frequencies(const RopeConfig& config, int64_t rotated, int64_t max_positions,
                        int64_t length) {
  const double theta = config.scaling == Scaling::kDynamic
                           ? dynamic_theta(config, rotated, max_positions, length)
                           : config.theta;
  std::vector<float> frequencies = plain_frequencies(theta, rotated);
  if (config.scaling == Scaling::kLinear) {
    for (float& frequency : frequencies) frequency /= static_cast<float>(config.factor);
  }
  if (config.scaling == Scaling::kLlama3) scale_llama3(config, frequencies);
  if (config.scaling == Scaling::kYarn) scale_yarn(config, rotated, frequencies);
  return Tensor::from(std::span<const float>(frequencies), {rotated / 2});
}

float rope_attention_factor(const RopeConfig& config) {
  if (config.scaling != Scaling::kYarn) return 1.0f;
  if (config.attention_factor) return static_cast<float>(*config.attention_factor);
  const double mscale = config.mscale.value_or(0), all_dim = config.mscale_all_dim.value_or(0);
  if (mscale == 0 || all_dim == 0) return static_cast<float>(yarn_mscale(config.factor, 1.0));
  return static_cast<float>(yarn_mscale(config.factor, mscale) /
                            yarn_mscale(config.factor, all_dim));
}

double yarn_mscale(double factor, double mscale) {
  return factor <= 1.0 ? 1.0 : 0.1 * mscale * std::log(factor) + 1.0;
}

Rotary::Rotary(const RopeConfig& config, int64_t max_positions, const Options& options)
    : config_(config),
      max_positions_(max_positions),
      options_(options),
      rotation_{.frequencies = rope_frequencies(config, options.rotated, max_positions, 0),
                .first = options.first,
                .scale = rope_attention_factor(config),
                .layout = options.layout} {}

ops::Var Rotary::operator()(ops::Context& context, const ops::Var& x, const Batch& batch) const {
  ops::Rotation rotation = rotation_;
  if (const Tensor frequencies = stretched(batch); frequencies.defined()) {
    rotation.frequencies = frequencies;
  }
  return ops::rope(context, x, batch.positions, options_.head_dim, rotation);
}

Tensor Rotary::stretched(const Batch& batch) const {
  const auto is_long = [this](const ops::AttentionSegment& s) {
    return s.k_count > max_positions_;
  };
  if (config_.scaling != Scaling::kDynamic || std::ranges::none_of(*batch.segments, is_long)) {
    return {};
  }
  Tensor rows({batch.positions.elements(), options_.rotated / 2}, DType::kF32);
  for (const ops::AttentionSegment& s : *batch.segments) {
    const Tensor frequencies =
        rope_frequencies(config_, options_.rotated, max_positions_, s.k_count);
    for (int64_t i = 0; i < s.q_count; ++i) {
      rows.rows(s.q_begin + i, 1).reshape(frequencies.shape()).copy_from(frequencies);
    }
  }
  return rows;
}

}  // namespace fundi::models
