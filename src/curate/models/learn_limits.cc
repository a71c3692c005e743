#include "curate/models/learn_limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/error.h"
#include "curate/step.h"

namespace fundi::curate {
namespace {

constexpr double kLow = 0.01, kHigh = 0.99;
constexpr double kLeastMargin = 0.1;  // of the value: a small corpus may be all alike

// Which settings are the limits of a rule.
struct Limit {
  std::string_view step, rule, least, greatest;
  bool of_language = false;  // may become stricter
};
constexpr Limit kLimits[] = {
    {"gopher_quality", "words", "min_doc_words", "max_doc_words"},
    {"gopher_quality", "mean_word_length", "min_avg_word_length", "max_avg_word_length", true},
    {"gopher_quality", "hashes_per_word", "", "max_symbol_word_ratio"},
    {"gopher_quality", "ellipses_per_word", "", "max_symbol_word_ratio"},
    {"gopher_quality", "bullet_lines", "", "max_bullet_lines_ratio"},
    {"gopher_quality", "ellipsis_lines", "", "max_ellipsis_lines_ratio"},
    {"gopher_quality", "alphabetic_words", "min_alpha_words_ratio", "", true},
    {"gopher_repetition", "duplicate_paragraphs", "", "dup_para_frac"},
    {"gopher_repetition", "duplicate_paragraph_characters", "", "dup_para_char_frac"},
    {"gopher_repetition", "duplicate_lines", "", "dup_line_frac"},
    {"gopher_repetition", "duplicate_line_characters", "", "dup_line_char_frac"},
    {"fineweb", "lines_with_punctuation", "line_punct_thr", ""},
    {"fineweb", "short_lines", "", "short_line_thr"},
    {"fineweb", "duplicate_line_characters", "", "char_duplicates_ratio"},
    {"fineweb", "newlines_per_word", "", "new_line_ratio"},
};

// "top_2_gram" and "duplicate_5_grams": the key and the n in it; the key is empty for other rules.
std::pair<std::string_view, std::string> gram_key(std::string_view rule) {
  for (const auto& [prefix, suffix, key] :
       {std::tuple<std::string_view, std::string_view, std::string_view>{"top_", "_gram",
                                                                         "top_n_grams"},
        {"duplicate_", "_grams", "dup_n_grams"}}) {
    if (!rule.starts_with(prefix) || !rule.ends_with(suffix)) continue;
    rule.remove_prefix(prefix.size());
    rule.remove_suffix(suffix.size());
    return {key, std::string(rule)};
  }
  return {};
}

// To four digits, away from what was seen.
double rounded(double value, bool up) {
  if (value == 0) return 0;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 3);
  const double whole = up ? std::ceil(value / unit) : std::floor(value / unit);
  return std::stod(fmt::format("{:.6g}", whole * unit));
}

}  // namespace

double quantile(std::vector<double>& values, double share) {
  std::sort(values.begin(), values.end());
  const double place = share * static_cast<double>(values.size() - 1);
  return values[static_cast<size_t>(share < 0.5 ? std::floor(place) : std::ceil(place))];
}

struct LimitLearner::Watched {
  std::string name;
  std::unique_ptr<DocumentStep> step;
};

LimitLearner::LimitLearner() {
  for (const DocumentStepKind& kind : document_step_kinds()) {
    const bool watched = std::any_of(std::begin(kLimits), std::end(kLimits),
                                     [&](const Limit& limit) { return limit.step == kind.name; });
    if (!watched) continue;
    StepContext context;
    steps_.push_back(std::make_shared<Watched>(
        Watched{kind.name, kind.make(Config(Json::object(), kind.name), context)}));
  }
  seen_.resize(steps_.size());
}

void LimitLearner::add(Subject& subject) {
  for (size_t i = 0; i < steps_.size(); ++i) {
    const DocumentStep& step = *steps_[i]->step;
    StepFigures figures;
    std::vector<Judge::Answer> story;
    Judge judge(step.rules(), figures, &story);
    step.apply(subject, judge);
    for (const Judge::Answer& answer : story) {
      Seen& seen = seen_[i][std::string(step.rules()[answer.rule])];
      seen.values.push_back(answer.value);
      seen.least = answer.least;
      seen.greatest = answer.greatest;
    }
  }
}

Json LimitLearner::learn() {
  Json settings = Json::object();
  for (size_t i = 0; i < steps_.size(); ++i) {
    Json& step = settings[steps_[i]->name] = Json::object();
    // Its own rule in a profile, which knows more words.
    if (steps_[i]->name == "gopher_quality") step["min_stop_words"] = false;
    for (const Limit& limit : kLimits) {
      const auto found = seen_[i].find(limit.rule);
      if (limit.step != steps_[i]->name || found == seen_[i].end()) continue;
      Seen& seen = found->second;
      double low = quantile(seen.values, kLow), high = quantile(seen.values, kHigh);
      if (limit.of_language) {
        const double margin = std::max((high - low) / 2, kLeastMargin * high);
        low -= margin;
        high += margin;
      } else {
        low = std::min(low, seen.least);
        high = std::max(high, seen.greatest);
      }
      if (!limit.least.empty()) step[std::string(limit.least)] = rounded(low, false);
      if (limit.greatest.empty()) continue;
      Json& greatest = step[std::string(limit.greatest)];
      greatest = rounded(greatest.is_null() ? high : std::max(high, greatest.get<double>()), true);
    }
    for (auto& [rule, seen] : seen_[i]) {
      const auto [key, n] = gram_key(rule);
      if (key.empty()) continue;
      step[std::string(key)][n] =
          rounded(std::max(quantile(seen.values, kHigh), seen.greatest), true);
    }
  }
  return settings;
}

}  // namespace fundi::curate
