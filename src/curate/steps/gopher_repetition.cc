#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/error.h"
#include "curate/steps/all.h"
#include "curate/steps/repetition.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

enum Rule : size_t { kEmpty, kParagraphs, kParagraphCharacters, kLines, kLineCharacters, kGrams };

struct GramLimit {
  size_t n;
  double limit;
};
using GramLimits = std::vector<GramLimit>;

constexpr size_t kMaxN = 100;

// {2: 0.2, 3: 0.18} or [[2, 0.2], [3, 0.18]].
GramLimits gram_limits(const Config& config, std::string_view key, GramLimits fallback,
                       const Bounds& bounds) {
  if (!config.has(key)) return config.find<double>(key), fallback;
  const Json& value = config.raw(key);
  const auto wrong = [&] {
    fail(ErrorCode::kInvalidArgument,
         "{}: must map the n of n-grams (1 to {}) to limits, as in {{2: 0.2, 3: 0.18}}",
         config.where(key), kMaxN);
  };
  GramLimits limits;
  const auto add = [&](int64_t n, const Json& limit) {
    if (n < 1 || n > static_cast<int64_t>(kMaxN) || !limit.is_number()) wrong();
    check_bounds(config, key, limit.get<double>(), bounds);
    limits.push_back({static_cast<size_t>(n), limit.get<double>()});
  };
  if (value.is_object()) {
    for (const auto& [name, limit] : value.items()) {
      int64_t n = 0;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), n);
      if (error != std::errc() || end != name.data() + name.size()) wrong();
      add(n, limit);
    }
  } else if (value.is_array()) {
    for (const Json& pair : value) {
      if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number_integer()) wrong();
      add(pair[0].get<int64_t>(), pair[1]);
    }
  } else if (!value.is_boolean() || value.get<bool>()) {
    wrong();
  }
  return limits;
}

class GopherRepetition : public DocumentStep {
 public:
  explicit GopherRepetition(const Config& config) {
    lines_ = threshold(config, "dup_line_frac", 0.3, kZeroToOne);
    paragraphs_ = threshold(config, "dup_para_frac", 0.3, kZeroToOne);
    line_characters_ = threshold(config, "dup_line_char_frac", 0.2, kZeroToOne);
    paragraph_characters_ = threshold(config, "dup_para_char_frac", 0.2, kZeroToOne);
    // Occurrences of the most frequent n-gram overlap: they may be more than the whole.
    top_ = gram_limits(config, "top_n_grams", {{2, 0.2}, {3, 0.18}, {4, 0.16}}, Bounds{});
    duplicate_ = gram_limits(config, "dup_n_grams",
                             {{5, 0.15}, {6, 0.14}, {7, 0.13}, {8, 0.12}, {9, 0.11}, {10, 0.10}},
                             kZeroToOne);
    config.finish();
    names_ = {"empty", "duplicate_paragraphs", "duplicate_paragraph_characters", "duplicate_lines",
              "duplicate_line_characters"};
    for (const GramLimit& gram : top_) names_.push_back(fmt::format("top_{}_gram", gram.n));
    for (const GramLimit& gram : duplicate_) {
      names_.push_back(fmt::format("duplicate_{}_grams", gram.n));
    }
    rules_.assign(names_.begin(), names_.end());
    for (const GramLimits* limits : {&top_, &duplicate_}) {
      for (const GramLimit& gram : *limits) least_ = std::min(least_, gram.n);
    }
  }

  std::span<const std::string_view> rules() const override { return rules_; }

  void apply(Subject& subject, Judge& judge) const override {
    const std::string_view text = subject.text();
    if (!judge.forbid(kEmpty, text.empty(), "empty")) return;
    const auto characters = static_cast<double>(count_characters(text));
    thread_local std::vector<std::string_view> pieces;
    const auto pass = [&](std::string_view part, size_t breaks, size_t rule,
                          std::optional<double> limit, std::optional<double> character_limit) {
      split_at_breaks(part, breaks, pieces);
      const Duplicates found = find_duplicates(pieces);
      const auto n = static_cast<double>(pieces.size());
      return ask_at_most(judge, rule, ratio(static_cast<double>(found.pieces), n), limit) &&
             ask_at_most(judge, rule + 1, ratio(static_cast<double>(found.characters), characters),
                         character_limit);
    };
    if (!pass(strip(text), 2, kParagraphs, paragraphs_, paragraph_characters_)) return;
    if (!pass(text, 1, kLines, lines_, line_characters_)) return;
    judge_grams(subject, judge, characters);
  }

 private:
  void judge_grams(Subject& subject, Judge& judge, double characters) const {
    if (top_.empty() && duplicate_.empty()) return;
    thread_local Repetition repetition;
    repetition.reset(subject.text(), subject.words(), least_);
    size_t rule = kGrams;
    for (const GramLimit& gram : top_) {
      const auto top = static_cast<double>(repetition.ask(gram.n).top_characters);
      if (!judge.at_most(rule++, ratio(top, characters), gram.limit)) return;
    }
    for (const GramLimit& gram : duplicate_) {
      const auto again = static_cast<double>(repetition.ask(gram.n).duplicate_characters);
      if (!judge.at_most(rule++, ratio(again, characters), gram.limit)) return;
    }
  }

  std::optional<double> lines_, paragraphs_, line_characters_, paragraph_characters_;
  GramLimits top_, duplicate_;
  size_t least_ = kMaxN;
  std::vector<std::string> names_;
  std::vector<std::string_view> rules_;
};

}  // namespace

DocumentStepKind gopher_repetition_step() {
  return {.name = "gopher_repetition",
          .description = "Gopher's repetition rules (Rae et al. 2021), as datatrove defines them",
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<GopherRepetition>(config);
          }};
}

}  // namespace fundi::curate
