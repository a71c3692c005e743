#include <vector>

#include "base/hash.h"
#include "curate/steps/all.h"
#include "curate/steps/hash_set.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kRules[] = {"characters_kept"};

// Settings:
//   symbols: "-|"             lines made only of these characters and white space go; "": none
//   min_line_characters: 20   shorter lines go; blank ones stay
//   max_line_characters: 5000
//   duplicates: true          lines that stood in the document before go; blank ones stay
//   min_kept: 0.5             a document that keeps less of its characters is turned away
class LineFilter : public DocumentStep {
 public:
  explicit LineFilter(const Config& config) {
    symbols_ = config.get<std::string>("symbols", "-|");
    least_ = threshold(config, "min_line_characters", std::nullopt);
    greatest_ = threshold(config, "max_line_characters", std::nullopt);
    duplicates_ = config.get("duplicates", false);
    min_kept_ = threshold(config, "min_kept", std::nullopt, kZeroToOne);
    config.finish();
    check_order(config, "min_line_characters", least_, "max_line_characters", greatest_);
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const size_t before = subject.text().size();
    thread_local HashSet seen;
    if (duplicates_) seen.reset(subject.lines().size());
    Removed removed;
    subject.edit([&](std::string_view text) { return keep_lines(text, seen, removed); });
    const auto count = [&](std::string_view what, int64_t n) {
      if (n > 0) judge.count(what, n);
    };
    count("symbol_lines", removed.symbols);
    count("short_lines", removed.brief);
    count("long_lines", removed.longer);
    count("duplicate_lines", removed.duplicates);
    const auto kept = static_cast<double>(subject.text().size());
    const double fraction = before == 0 ? 1 : kept / static_cast<double>(before);
    ask_at_least(judge, 0, fraction, min_kept_);
  }

 private:
  struct Removed {
    int64_t symbols = 0, brief = 0, longer = 0, duplicates = 0;
  };

  std::string keep_lines(std::string_view text, HashSet& seen, Removed& removed) const {
    std::string kept;
    kept.reserve(text.size());
    bool first = true;
    for (size_t begin = 0; begin <= text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      const std::string_view line = text.substr(begin, end - begin);
      begin = end + 1;
      if (!stays(line, seen, removed)) continue;
      if (!first) kept += '\n';
      first = false;
      kept += line;
    }
    return kept;
  }

  bool stays(std::string_view line, HashSet& seen, Removed& removed) const {
    const std::string_view content = strip(line);
    if (content.empty()) return true;
    if (only_symbols(content)) return ++removed.symbols, false;
    const auto characters = static_cast<double>(count_characters(content));
    if (least_ && characters < *least_) return ++removed.brief, false;
    if (greatest_ && characters > *greatest_) return ++removed.longer, false;
    if (duplicates_ && !seen.insert(hash64(content))) return ++removed.duplicates, false;
    return true;
  }

  bool only_symbols(std::string_view content) const {
    for (size_t pos = 0; pos < content.size();) {
      const text::CodePoint c = text::code_point_at(content, pos);
      if (!is_strip_space(c.value) &&
          symbols_.find(content.substr(pos, c.length)) == std::string::npos) {
        return false;
      }
      pos += c.length;
    }
    return true;
  }

  std::string symbols_;
  std::optional<double> least_, greatest_, min_kept_;
  bool duplicates_;
};

}  // namespace

DocumentStepKind line_filter_step() {
  return {.name = "line_filter",
          .description = "Removes lines of - or | only, too short or long ones, repeated ones",
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<LineFilter>(config);
          }};
}

}  // namespace fundi::curate
