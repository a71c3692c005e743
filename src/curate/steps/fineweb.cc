#include <algorithm>
#include <vector>

#include "curate/steps/all.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

enum Rule : size_t { kEmpty, kPunctuation, kShortLines, kDuplicates, kNewlines };
constexpr std::string_view kRules[] = {"empty", "lines_with_punctuation", "short_lines",
                                       "duplicate_line_characters", "newlines_per_word"};

class Fineweb : public DocumentStep {
 public:
  explicit Fineweb(const Config& config) {
    punctuation_ = threshold(config, "line_punct_thr", 0.12, kZeroToOne);
    exclude_zero_ = config.get("line_punct_exclude_zero", false);
    stop_chars_ = config.get<std::vector<std::string>>("stop_chars", {});
    short_lines_ = threshold(config, "short_line_thr", 0.67, kZeroToOne);
    short_line_ = bounded<int64_t>(config, "short_line_length", 30, {0, 1e9});
    duplicates_ = threshold(config, "char_duplicates_ratio", 0.01, kZeroToOne);
    newlines_ = threshold(config, "new_line_ratio", 0.3);
    config.finish();
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const std::string_view text = subject.text();
    thread_local std::vector<std::string_view> lines;
    lines.clear();
    for (const std::string_view line : subject.lines()) {
      if (!strip_left(line).empty()) lines.push_back(line);
    }
    if (!judge.forbid(kEmpty, lines.empty(), "empty")) return;

    size_t ended = 0, brief = 0;
    for (const std::string_view line : lines) {
      ended += ends_well(line);
      brief += is_short(line);
    }
    const auto n = static_cast<double>(lines.size());
    if (!(exclude_zero_ && ended == 0) &&
        !ask_at_least(judge, kPunctuation, ratio(static_cast<double>(ended), n), punctuation_)) {
      return;
    }
    if (!ask_at_most(judge, kShortLines, ratio(static_cast<double>(brief), n), short_lines_)) {
      return;
    }
    const size_t newlines = count_byte(text, '\n');
    if (duplicates_) {
      const auto again = static_cast<double>(find_duplicates(lines).characters);
      const auto characters = static_cast<double>(count_characters(text) - newlines);
      if (!judge.at_most(kDuplicates, ratio(again, characters), *duplicates_)) return;
    }
    const auto words = static_cast<double>(subject.words().size());
    ask_at_most(judge, kNewlines, ratio(static_cast<double>(newlines), words), newlines_);
  }

 private:
  bool ends_well(std::string_view line) const {
    if (stop_chars_.empty()) return ends_sentence(line);
    return std::any_of(stop_chars_.begin(), stop_chars_.end(),
                       [&](const std::string& end) { return line.ends_with(end); });
  }
  bool is_short(std::string_view line) const {
    const auto limit = static_cast<size_t>(short_line_);
    return line.size() <= 4 * limit && count_characters(line) <= limit;
  }

  std::optional<double> punctuation_, short_lines_, duplicates_, newlines_;
  bool exclude_zero_;
  int64_t short_line_;
  std::vector<std::string> stop_chars_;
};

}  // namespace

DocumentStepKind fineweb_step() {
  return {.name = "fineweb",
          .description =
              "FineWeb's own rules (Penedo et al. 2024), as datatrove defines them; FineWeb "
              "runs c4 with filter_no_terminal_punct: false beside it",
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<Fineweb>(config);
          }};
}

}  // namespace fundi::curate
