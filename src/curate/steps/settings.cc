#include "curate/steps/settings.h"

#include <fmt/format.h>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "curate/steps/scan.h"

namespace fundi::curate {
namespace {

constexpr double kInfinity = Bounds{}.greatest;

void add_lines(const fs::path& path, std::vector<std::string>& out) {
  const std::string content = read_file(path);
  const size_t invalid = find_invalid_utf8(content);
  if (invalid != std::string_view::npos) {
    fail(ErrorCode::kInvalidArgument, "{}: byte {} is not UTF-8; convert the file", path.string(),
         invalid);
  }
  std::string_view rest = content;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  std::vector<std::string_view> lines;
  split_any_lines(rest, lines);
  for (const std::string_view line : lines) {
    const std::string_view entry = strip(line);
    if (!entry.empty() && entry.front() != '#') out.emplace_back(entry);
  }
}

}  // namespace

void check_bounds(const Config& config, std::string_view key, double value, const Bounds& bounds) {
  if (value >= bounds.least && value <= bounds.greatest) return;
  const std::string range = bounds.greatest == kInfinity
                                ? fmt::format("at least {}", bounds.least)
                                : fmt::format("from {} to {}", bounds.least, bounds.greatest);
  fail(ErrorCode::kInvalidArgument, "{}: must be {}, not {}", config.where(key), range, value);
}

void check_order(const Config& config, std::string_view least_key, std::optional<double> least,
                 std::string_view greatest_key, std::optional<double> greatest) {
  if (!least || !greatest || *least <= *greatest) return;
  fail(ErrorCode::kInvalidArgument, "{}: {} is above {}, which is {}: nothing lies between them",
       config.where(least_key), *least, greatest_key, *greatest);
}

std::optional<double> threshold(const Config& config, std::string_view key,
                                std::optional<double> fallback, const Bounds& bounds) {
  if (!config.has(key)) return config.find<double>(key), fallback;
  const Json& value = config.raw(key);
  if (value.is_boolean() && !value.get<bool>()) return std::nullopt;
  if (!value.is_number()) {
    fail(ErrorCode::kInvalidArgument, "{}: must be a number, or false to leave the rule out",
         config.where(key));
  }
  check_bounds(config, key, value.get<double>(), bounds);
  return value.get<double>();
}

bool ask_at_most(Judge& judge, size_t rule, double value, std::optional<double> limit) {
  return !limit || judge.at_most(rule, value, *limit);
}

bool ask_at_least(Judge& judge, size_t rule, double value, std::optional<double> limit) {
  return !limit || judge.at_least(rule, value, *limit);
}

bool ask_between(Judge& judge, size_t rule, double value, std::optional<double> least,
                 std::optional<double> greatest) {
  if (!least && !greatest) return true;
  return judge.between(rule, value, least.value_or(-kInfinity), greatest.value_or(kInfinity));
}

std::vector<std::string> entries(const Config& config, StepContext& context, std::string_view key) {
  std::vector<std::string> found;
  for (const std::string& entry : config.get<std::vector<std::string>>(key, {})) {
    const std::string_view stripped = strip(entry);
    if (!stripped.empty()) found.emplace_back(stripped);
  }
  const std::string file_key = std::string(key) + "_file";
  if (!config.has(file_key)) return config.find<std::string>(file_key), found;
  add_lines(context.input(config, file_key), found);
  return found;
}

}  // namespace fundi::curate
