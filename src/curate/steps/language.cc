// The language of a document: labels it, keeps those wanted.
//   keep: [sw, en]        BCP 47; "zh-Hant", "sr-Latn" with the script where it is not the usual
//                         one; empty: keep all
//   min_score: 0.65       0 if `keep` is empty
//   model: lid.176.bin    a fastText model; default: CLD2, built in
//   trust_declared: false a language that the source states is taken as it is, with score 1
// Leaves meta.language_score. A document whose language cannot be told has none afterwards.

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "base/error.h"
#include "curate/language/identify.h"
#include "curate/language/tag.h"
#include "curate/steps/all.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

constexpr std::string_view kRules[] = {"language", "language_score"};
enum { kLanguage, kScore };

class LanguageStep : public DocumentStep {
 public:
  LanguageStep(const Config& config, StepContext& context) {
    has_model_ = config.has("model");
    identifier_ = has_model_ ? std::make_unique<Identifier>(context.input(config, "model"))
                             : std::make_unique<Identifier>();
    for (const std::string& wanted : config.get<std::vector<std::string>>("keep", {})) {
      const std::string tag = language_tag(wanted);
      if (tag.empty()) {
        fail(ErrorCode::kInvalidArgument, "{}: '{}' is no language; write BCP 47: sw, zh-Hant",
             config.where("keep"), wanted);
      }
      keep_.push_back(tag);
    }
    min_score_ = bounded<double>(config, "min_score", keep_.empty() ? 0 : 0.65, kZeroToOne);
    trust_declared_ = config.get<bool>("trust_declared", false);
    config.finish();
    if (!trust_declared_) check_known(config);
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const Identified found = identified(subject);
    subject.set_language(found.language);
    subject.meta()["language_score"] = std::round(found.score * 1e4) / 1e4;
    const bool kept =
        keep_.empty() || std::find(keep_.begin(), keep_.end(), found.language) != keep_.end();
    if (!judge.forbid(kLanguage, !kept, found.language.empty() ? "unknown" : found.language)) {
      return;
    }
    judge.at_least(kScore, found.score, min_score_);
  }

 private:
  Identified identified(const Subject& subject) const {
    if (trust_declared_) {
      Identified declared{language_tag(subject.document().language), {}, 1, true};
      if (!declared.language.empty()) return declared;
    }
    return identifier_->identify(subject.text());
  }

  // A language that nothing can answer with would turn away every document.
  void check_known(const Config& config) const {
    for (const std::string& tag : keep_) {
      if (identifier_->knows(tag)) continue;
      fail(ErrorCode::kInvalidArgument, "{}: {} does not know '{}'; {}", config.where("keep"),
           has_model_ ? "the model" : "CLD2", tag,
           has_model_ ? "take another model or trust_declared"
                      : "give a fastText model that does (model: glotlid.bin) or trust_declared");
    }
  }

  std::unique_ptr<Identifier> identifier_;
  bool has_model_ = false;
  std::vector<std::string> keep_;
  double min_score_ = 0;
  bool trust_declared_ = false;
};

}  // namespace

DocumentStepKind language_step() {
  return {.name = "language",
          .description = "label documents with their language, keep those in wanted ones",
          .version = 2,
          .make = [](const Config& config, StepContext& context) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<LanguageStep>(config, context);
          }};
}

}  // namespace fundi::curate
