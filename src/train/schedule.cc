#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace fundi::train {
namespace {

constexpr double kWsdDecay = 0.2;

// Share of [begin, end) that lies before `step`.
double share(int64_t step, int64_t begin, int64_t end) {
  if (end <= begin) return step < begin ? 0.0 : 1.0;
  const auto passed = static_cast<double>(step - begin);
  return std::clamp(passed / static_cast<double>(end - begin), 0.0, 1.0);
}

}  // namespace

double Schedule::at(int64_t step) const {
  if (step < warmup_steps) {
    return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  }
  const double low = min_ratio * peak;
  switch (kind) {
    case ScheduleKind::kConstant:
      return peak;
    case ScheduleKind::kLinear:
      return peak - (peak - low) * share(step, warmup_steps, total_steps);
    case ScheduleKind::kCosine: {
      const double p = share(step, warmup_steps, total_steps);
      return low + (peak - low) * 0.5 * (1.0 + std::cos(std::numbers::pi * p));
    }
    case ScheduleKind::kWsd: {
      const auto decay =
          static_cast<int64_t>(std::ceil(kWsdDecay * static_cast<double>(total_steps)));
      const int64_t begin = std::max(warmup_steps, total_steps - decay);
      return peak - (peak - low) * std::sqrt(share(step, begin, total_steps));
    }
  }
  return peak;
}

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names{"cosine", "linear", "constant", "wsd"};
  return names;
}

ScheduleKind schedule_from_name(std::string_view name) {
  const auto& names = schedule_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    fail(ErrorCode::kInvalidArgument,
         "lr_scheduler_type: '{}' is not one of cosine, linear, "
         "constant, wsd",
         name);
  }
  return static_cast<ScheduleKind>(found - names.begin());
}

}  // namespace fundi::train
