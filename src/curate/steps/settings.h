#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "curate/step.h"

namespace fundi::curate {

// How the settings of steps are read.

// A threshold: a number, `false` for a rule that is off, or absent for `fallback`.
std::optional<double> threshold(const Config& config, std::string_view key,
                                std::optional<double> fallback);

// Asks if the limit is set; the same for a lower limit and for both.
bool ask_at_most(Judge& judge, size_t rule, double value, std::optional<double> limit);
bool ask_at_least(Judge& judge, size_t rule, double value, std::optional<double> limit);
bool ask_between(Judge& judge, size_t rule, double value, std::optional<double> least,
                 std::optional<double> greatest);

// The entries under `key` and the lines of the file that `key`_file names:
// without white space at their ends, empty ones and those that begin with '#' left out.
std::vector<std::string> entries(const Config& config, StepContext& context, std::string_view key);

}  // namespace fundi::curate
