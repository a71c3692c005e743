#include "curate/steps/all.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kRules[] = {"long_lines"};

class Mc4 : public DocumentStep {
 public:
  explicit Mc4(const Config& config) {
    lines_ = threshold(config, "min_paragraphs", 3);
    length_ = bounded<double>(config, "min_paragraph_len", 200);
    config.finish();
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    size_t found = 0;
    for (const std::string_view line : subject.lines()) {
      found += static_cast<double>(count_characters(line)) >= length_;
    }
    ask_at_least(judge, 0, static_cast<double>(found), lines_);
  }

 private:
  std::optional<double> lines_;
  double length_;
};

}  // namespace

DocumentStepKind mc4_step() {
  return {.name = "mc4",
          .description = "mC4's rule (Xue et al. 2021): at least 3 lines of 200 characters or more",
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<Mc4>(config);
          }};
}

}  // namespace fundi::curate
