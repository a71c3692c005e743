#include "base/ticks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace fundi {

double tick_step(double span, int wanted) {
  const double rough = span / std::max(1, wanted);
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (rough <= factor * power * 1.0001) return factor * power;
  }
  return 10 * power;
}

std::vector<double> linear_ticks(double low, double high, int wanted) {
  std::vector<double> ticks;
  if (!(high > low)) return {low};
  const double step = tick_step(high - low, wanted);
  const double first = std::ceil(low / step - 1e-9) * step;
  for (int i = 0; first + i * step <= high + step * 1e-9; ++i) {
    const double tick = first + i * step;
    ticks.push_back(std::abs(tick) < step * 1e-9 ? 0.0 : tick);
  }
  return ticks;
}

std::vector<double> log_ticks(double low, double high) {
  const auto within = [&](const std::vector<double>& factors) {
    std::vector<double> ticks;
    for (double power = std::pow(10.0, std::floor(std::log10(low))); power <= high; power *= 10) {
      for (const double factor : factors) {
        const double tick = factor * power;
        if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push_back(tick);
      }
    }
    return ticks;
  };
  std::vector<double> ticks = within({1, 2, 5});
  if (ticks.size() < 3) ticks = within({1, 2, 3, 4, 5, 6, 7, 8, 9});
  return ticks;
}

std::string tick_label(double value) {
  const double size = std::abs(value);
  if (size >= 1e6) return fmt::format("{:.3g}M", value / 1e6);
  if (size >= 1e3) return fmt::format("{:.4g}k", value / 1e3);
  return fmt::format("{:.3g}", value == 0 ? 0.0 : value);
}

}  // namespace fundi
