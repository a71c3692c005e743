#pragma once

#include <string>
#include <vector>

namespace fundi {

// Round numbers for the axes of plots.

// About `wanted` round numbers that cover [low, high].
std::vector<double> linear_ticks(double low, double high, int wanted);
// 1, 2 and 5 times powers of ten within [low, high], all of 1 to 9 where those are too few; both
// positive.
std::vector<double> log_ticks(double low, double high);
// "12k", "0.25", "3M".
std::string tick_label(double value);
// The step of about `wanted` of them over `span`: 1, 2 or 5 times a power of ten.
double tick_step(double span, int wanted);

}  // namespace fundi
