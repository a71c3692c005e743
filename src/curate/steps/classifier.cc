// The score of a classifier that `fundi curate classifier` trained: how likely a text is one of the
// good.
//   path: quality.bin
//   min_score: 0.5     neither is given: all stay, with their score
//   max_score: 0.9
//   name: score        the key in meta

#include <cmath>
#include <memory>

#include "curate/models/classifier.h"
#include "curate/steps/all.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kRules[] = {"score"};

class ClassifierStep : public DocumentStep {
 public:
  ClassifierStep(const Config& config, StepContext& context)
      : classifier_(Classifier::load(context.input(config, "path"))),
        least_(threshold(config, "min_score", std::nullopt, kZeroToOne)),
        greatest_(threshold(config, "max_score", std::nullopt, kZeroToOne)),
        name_(config.get<std::string>("name", "score")) {
    config.finish();
    check_order(config, "min_score", least_, "max_score", greatest_);
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const double score = classifier_.score(subject.text());
    subject.meta()[name_] = std::round(score * 1e4) / 1e4;
    ask_between(judge, 0, score, least_, greatest_);
  }

 private:
  Classifier classifier_;
  std::optional<double> least_, greatest_;
  std::string name_;
};

}  // namespace

DocumentStepKind classifier_step() {
  return {.name = "classifier",
          .description = "score texts by a classifier from `fundi curate classifier`, keep a range",
          .make = [](const Config& config, StepContext& context) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<ClassifierStep>(config, context);
          }};
}

}  // namespace fundi::curate
