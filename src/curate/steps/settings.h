#pragma once

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "curate/step.h"

namespace fundi::curate {

// How the settings of steps are read.

// What a number may be, both ends included.
struct Bounds {
  double least = 0, greatest = std::numeric_limits<double>::infinity();
};
inline constexpr Bounds kZeroToOne = {0, 1};

// Throws kInvalidArgument, naming the key and the bounds, for a value outside them; NaN always is.
void check_bounds(const Config& config, std::string_view key, double value, const Bounds& bounds);

// A number (int, int64_t or double) within bounds, or absent for `fallback`.
template <typename T>
T bounded(const Config& config, std::string_view key, T fallback, const Bounds& bounds = {}) {
  const T value = config.get<T>(key, fallback);
  check_bounds(config, key, static_cast<double>(value), bounds);
  return value;
}

// A threshold: a number within bounds, `false` for a rule that is off, or absent for `fallback`.
std::optional<double> threshold(const Config& config, std::string_view key,
                                std::optional<double> fallback, const Bounds& bounds = {});

// Throws kInvalidArgument where both limits are set and nothing lies between them.
void check_order(const Config& config, std::string_view least_key, std::optional<double> least,
                 std::string_view greatest_key, std::optional<double> greatest);

// Asks if the limit is set; the same for a lower limit and for both.
bool ask_at_most(Judge& judge, size_t rule, double value, std::optional<double> limit);
bool ask_at_least(Judge& judge, size_t rule, double value, std::optional<double> limit);
bool ask_between(Judge& judge, size_t rule, double value, std::optional<double> least,
                 std::optional<double> greatest);

// The entries under `key` and the lines of the file that `key`_file names:
// without white space at their ends, empty ones and those that begin with '#' left out.
std::vector<std::string> entries(const Config& config, StepContext& context, std::string_view key);

}  // namespace fundi::curate
