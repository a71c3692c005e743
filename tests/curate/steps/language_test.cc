#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/error.h"
#include "curate/step.h"
#include "curate/subject.h"

namespace fundi::curate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const fs::path kData = fs::path(FUNDI_TEST_DATA) / "language";
constexpr const char* kSwahili =
    "Wakulima wengi wa mahindi wanasema kwamba mvua za mwaka huu zimechelewa sana.";
constexpr const char* kEnglish =
    "Many farmers say that the rains have come much later than they used to this year.";

std::unique_ptr<DocumentStep> make(const std::string& settings, StepContext& context) {
  const auto kinds = document_step_kinds();
  const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                 [](const DocumentStepKind& k) { return k.name == "language"; });
  return kind->make(Config::parse_yaml(settings, "recipe.yaml"), context);
}

struct Outcome {
  Document document;
  std::optional<Rejection> rejection;
};

Outcome run(const std::string& settings, const std::string& text,
            const std::string& declared = "") {
  StepContext context{.base = kData, .inputs = {}};
  const auto step = make(settings, context);
  Document document;
  document.text = text;
  document.language = declared;
  Subject subject(std::move(document));
  StepFigures figures;
  Judge judge(step->rules(), figures);
  step->apply(subject, judge);
  return {std::move(subject).release(), judge.rejection()};
}

std::string error_of(const std::string& settings) {
  StepContext context{.base = kData, .inputs = {}};
  try {
    make(settings, context);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(LanguageStep, LabelsAndKeeps) {
  const Outcome kept = run("keep: [sw, eng]", kSwahili);
  EXPECT_FALSE(kept.rejection);
  EXPECT_EQ(kept.document.language, "sw");
  EXPECT_GT(kept.document.meta["language_score"].get<double>(), 0.65);
  const Outcome other = run("keep: [sw]", kEnglish);
  ASSERT_TRUE(other.rejection);
  EXPECT_EQ(other.rejection->rule, "language");
  EXPECT_EQ(other.rejection->value, "en");
  EXPECT_EQ(other.document.language, "en");
}

TEST(LanguageStep, RejectsUncertainTexts) {
  const Outcome brief = run("keep: [sw]", "Habari ya leo");
  ASSERT_TRUE(brief.rejection);
  EXPECT_EQ(brief.rejection->rule, "language_score");
  EXPECT_FALSE(run("keep: [sw]\nmin_score: 0.1", "Habari ya leo").rejection);
  EXPECT_EQ(run("keep: [sw]", "12345").rejection->value, "unknown");
}

TEST(LanguageStep, OnlyLabelsWithoutWishes) {
  const Outcome outcome = run("{}", "Habari ya leo");
  EXPECT_FALSE(outcome.rejection);
  EXPECT_EQ(outcome.document.language, "sw");
  EXPECT_EQ(run("{}", "12345", "sw").document.language, "");
  EXPECT_EQ(run("min_score: 0.65", "Habari ya leo").rejection->rule, "language_score");
}

TEST(LanguageStep, TrustsWhatIsDeclaredIfTold) {
  const Outcome trusted = run("keep: [ki]\ntrust_declared: true", "Nĩ wega", "kik");
  EXPECT_FALSE(trusted.rejection);
  EXPECT_EQ(trusted.document.language, "ki");
  EXPECT_EQ(run("trust_declared: true", kSwahili).document.language, "sw");
  EXPECT_EQ(run("{}", kSwahili, "en").document.language, "sw");
}

TEST(LanguageStep, TakesAFastTextModel) {
  StepContext context{.base = kData, .inputs = {}};
  make("model: softmax.bin\nkeep: [sw]", context);
  EXPECT_THAT(context.inputs, ElementsAre(kData / "softmax.bin"));
  const Outcome kept = run("model: softmax.bin\nkeep: [sw]",
                           "Watu wote wamezaliwa huru, hadhi na haki zao ni sawa.");
  EXPECT_FALSE(kept.rejection);
  EXPECT_EQ(kept.document.language, "sw");
}

TEST(LanguageStep, RefusesWhatCannotWork) {
  EXPECT_THAT(error_of("keep: [ki]"), HasSubstr("recipe.yaml: keep: CLD2 does not know 'ki'"));
  EXPECT_THAT(error_of("model: softmax.bin\nkeep: [ha]"), HasSubstr("the model does not know"));
  EXPECT_THAT(error_of("keep: [Kiswahili cha leo]"), HasSubstr("is no language"));
  EXPECT_THAT(error_of("min_score: 65"), HasSubstr("from 0 to 1"));
  EXPECT_THAT(error_of("model: none.bin"), HasSubstr("no such file"));
  EXPECT_THAT(error_of("kep: [sw]"), HasSubstr("did you mean 'keep'"));
}

}  // namespace
}  // namespace fundi::curate
