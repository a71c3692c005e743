#include "base/error.h"
#include "curate/steps/all.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"

namespace fundi::curate {
namespace {

enum Rule : size_t { kBytes, kCharacters, kWords };
constexpr std::string_view kRules[] = {"bytes", "characters", "words"};

class Length : public DocumentStep {
 public:
  explicit Length(const Config& config)
      : bytes_(config, "bytes"), characters_(config, "characters"), words_(config, "words") {
    config.finish();
    if (!bytes_.set() && !characters_.set() && !words_.set()) {
      fail(ErrorCode::kInvalidArgument,
           "{}: needs a limit: min_ or max_ with characters, words or bytes",
           config.where("min_characters"));
    }
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const std::string_view text = subject.text();
    if (!bytes_.ask(judge, kBytes, text.size())) return;
    if (characters_.set() && !characters_.ask(judge, kCharacters, count_characters(text))) return;
    if (words_.set()) words_.ask(judge, kWords, subject.words().size());
  }

 private:
  struct Limits {
    Limits(const Config& config, const std::string& what)
        : least(threshold(config, "min_" + what, std::nullopt)),
          greatest(threshold(config, "max_" + what, std::nullopt)) {
      check_order(config, "min_" + what, least, "max_" + what, greatest);
    }
    bool set() const { return least || greatest; }
    bool ask(Judge& judge, size_t rule, size_t value) const {
      return ask_between(judge, rule, static_cast<double>(value), least, greatest);
    }
    std::optional<double> least, greatest;
  };
  Limits bytes_, characters_, words_;
};

}  // namespace

DocumentStepKind length_step() {
  return {
      .name = "length",
      .description = "Keeps documents within lengths: min_ and max_ of characters, words, bytes",
      .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
        return std::make_unique<Length>(config);
      }};
}

}  // namespace fundi::curate
