#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fundi::train {

enum class ScheduleKind : uint8_t { kCosine, kLinear, kConstant, kWsd };

// The learning rate as a function of the step. Warm-up rises linearly and reaches the peak at its
// last step; then, with p the share of the decay that has passed,
//   cosine    min + (peak - min) (1 + cos(pi p)) / 2      (Loshchilov & Hutter 2017)
//   linear    peak - (peak - min) p
//   constant  peak
//   wsd       peak, and over the last fifth of all steps peak - (peak - min) sqrt(p)
//             (Hu et al. 2024, arXiv:2404.06395; Hagele et al. 2024, arXiv:2405.18392)
// where min = min_ratio * peak.
struct Schedule {
  ScheduleKind kind = ScheduleKind::kCosine;
  double peak = 0;
  double min_ratio = 0;
  int64_t warmup_steps = 0;
  int64_t total_steps = 1;

  // Of step `step`, counted from 0; at and beyond total_steps the last value of the decay.
  double at(int64_t step) const;
};

const std::vector<std::string>& schedule_names();  // "cosine", "linear", "constant", "wsd"
// `name` must be one of them.
ScheduleKind schedule_from_name(std::string_view name);

}  // namespace fundi::train
