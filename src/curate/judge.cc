#include "curate/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>

namespace fundi::curate {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::string number(double value) { return fmt::format("{:.6g}", value); }

std::string limit_text(double least, double greatest) {
  if (least == -kInfinity) return fmt::format("at most {}", number(greatest));
  if (greatest == kInfinity) return fmt::format("at least {}", number(least));
  return fmt::format("{} to {}", number(least), number(greatest));
}

void add_counts(std::vector<uint64_t>& to, const std::vector<uint64_t>& from) {
  if (to.size() < from.size()) to.resize(from.size());
  for (size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

}  // namespace

void Histogram::add(double value) {
  if (counts.empty()) {
    counts.resize(kBins);
    least = kInfinity;
    greatest = -kInfinity;
  }
  ++counts[bin_of(value)];
  ++documents;
  if (!std::isfinite(value)) return;
  least = std::min(least, value);
  greatest = std::max(greatest, value);
  sum += value;
}

void Histogram::reject(double value) {
  if (rejected_counts.empty()) rejected_counts.resize(kBins);
  ++rejected_counts[bin_of(value)];
  ++rejected;
}

void Histogram::merge(const Histogram& other) {
  rejected += other.rejected;
  add_counts(rejected_counts, other.rejected_counts);
  if (other.counts.empty()) return;
  if (counts.empty()) {
    least = kInfinity;
    greatest = -kInfinity;
  }
  add_counts(counts, other.counts);
  documents += other.documents;
  least = std::min(least, other.least);
  greatest = std::max(greatest, other.greatest);
  sum += other.sum;
}

size_t Histogram::bin_of(double value) {
  if (!(value > 0)) return 0;
  const double bin = std::floor((std::log2(value) + 20) * 4);
  return static_cast<size_t>(std::clamp(bin, 0.0, double{kBins - 2})) + 1;
}

double Histogram::lower_edge(size_t bin) {
  return bin == 0 ? 0 : std::exp2(static_cast<double>(bin - 1) / 4 - 20);
}

void StepFigures::merge(const StepFigures& other) {
  if (rules.size() < other.rules.size()) rules.resize(other.rules.size());
  for (size_t i = 0; i < other.rules.size(); ++i) rules[i].merge(other.rules[i]);
  for (const auto& [what, n] : other.counts) counts[what] += n;
}

Judge::Judge(std::span<const std::string_view> rules, StepFigures& figures,
             std::vector<Answer>* story)
    : rules_(rules), figures_(figures), story_(story) {
  if (figures_.rules.size() < rules.size()) figures_.rules.resize(rules.size());
}

bool Judge::answer(size_t rule, double value, bool passed, double least, double greatest) {
  rule += first_;
  assert(rule < rules_.size());
  figures_.rules[rule].add(value);
  if (!passed && !rejection_) {
    figures_.rules[rule].reject(value);
    rejection_ = Rejection{std::string(rules_[rule]), number(value), limit_text(least, greatest)};
  }
  if (story_ == nullptr) return passed;
  story_->push_back({rule, value, limit_text(least, greatest), passed, least, greatest});
  return true;
}

bool Judge::at_least(size_t rule, double value, double limit) {
  return answer(rule, value, value >= limit, limit, kInfinity);
}

bool Judge::at_most(size_t rule, double value, double limit) {
  return answer(rule, value, value <= limit, -kInfinity, limit);
}

bool Judge::between(size_t rule, double value, double least, double greatest) {
  return answer(rule, value, value >= least && value <= greatest, least, greatest);
}

bool Judge::forbid(size_t rule, bool found, std::string_view what) {
  rule += first_;
  assert(rule < rules_.size());
  Histogram& figures = figures_.rules[rule];
  figures.add(found ? 1 : 0);
  if (found && !rejection_) {
    figures.reject(1);
    rejection_ = Rejection{std::string(rules_[rule]), std::string(what), ""};
  }
  if (story_ == nullptr) return !found;
  story_->push_back({rule, found ? 1.0 : 0.0, "", !found});
  return true;
}

void Judge::count(std::string_view what, int64_t n) {
  const auto found = figures_.counts.find(what);
  if (found != figures_.counts.end()) {
    found->second += n;
  } else {
    figures_.counts.emplace(what, n);
  }
}

}  // namespace fundi::curate
