#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/random.h"
#include "curate/dedup/contamination.h"
#include "curate/steps/all.h"
#include "tests/curate/readers_testing.h"
#include "tests/error_testing.h"

namespace fundi::curate {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

const std::string kQuestion =
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in "
    "May.";
const std::string kAnswer = "In April and May together she sold 48 + 24 = 72 clips.";

class DecontaminateStep : public ::testing::Test {
 protected:
  DecontaminateStep() {
    std::ofstream(folder_ / "gsm.jsonl")
        << Json{{"question", "Mji mkuu wa Kenya ni upi?"},
                {"answer", "Mji mkuu wa Kenya ni Nairobi."}}
        << '\n'
        << Json{{"question", kQuestion}, {"answer", kAnswer}} << '\n';
    std::ofstream(folder_ / "quiz.csv")
        << "id,question\n1,\"Ni mnyama gani mkubwa zaidi duniani, wa nchi kavu?\"\n";
    std::ofstream(folder_ / "lines.txt")
        << "Simba wote wanakula nyama kila siku.\n\nSentensi fupi.\n";
  }
  std::unique_ptr<DocumentStep> make(const std::string& yaml) {
    context_.base = folder_;
    for (const DocumentStepKind& kind : document_step_kinds()) {
      if (kind.name == "decontaminate")
        return kind.make(Config::parse_yaml(yaml, "recipe"), context_);
    }
    ADD_FAILURE() << "the step is not listed";
    return nullptr;
  }

  struct Outcome {
    std::string value, text;
    std::map<std::string, int64_t, std::less<>> counts;
  };
  static Outcome run(const DocumentStep& step, const std::string& text) {
    Document document;
    document.text = text;
    Subject subject(document);
    StepFigures figures;
    Judge judge(step.rules(), figures);
    step.apply(subject, judge);
    return {judge.rejection() ? judge.rejection()->value : "", std::string(subject.text()),
            figures.counts};
  }

  TestFolder scratch_;
  const fs::path& folder_ = scratch_.path();
  StepContext context_;
};

constexpr char kSets[] = R"(
sets:
  - {name: gsm, path: gsm.jsonl, keys: [question, answer]}
  - {name: quiz, path: quiz.csv, keys: [question]}
  - {name: lines, path: lines.txt}
)";

TEST_F(DecontaminateStep, DropsAndNamesSetAndRow) {
  const auto step = make(kSets);
  EXPECT_THAT(context_.inputs,
              ElementsAre(folder_ / "gsm.jsonl", folder_ / "quiz.csv", folder_ / "lines.txt"));
  const Outcome outcome = run(*step, "Swali: " + kQuestion + " Jibu lake ni gumu.");
  EXPECT_EQ(outcome.value, "gsm row 2 (8 runs)");
  EXPECT_THAT(outcome.counts, ElementsAre(Pair("gsm", 1)));
  EXPECT_EQ(run(*step, "NI MNYAMA GANI mkubwa zaidi duniani wa nchi kavu").value, "quiz row 1");
  EXPECT_EQ(run(*step, "Kumbe simba wote wanakula nyama kila siku!").value, "lines row 1");
  EXPECT_EQ(run(*step, "Sentensi fupi. Watu wa Kenya ni wengi, na Nairobi ni mji mkubwa.").value,
            "");
  EXPECT_EQ(run(*step, "").value, "");
}

TEST_F(DecontaminateStep, FindsRunsAcrossQuestionAndAnswer) {
  const auto step = make(kSets);
  EXPECT_EQ(run(*step, "sold half as many clips in May. In April and May together she sold").value,
            "gsm row 2 (2 runs)");
}

TEST_F(DecontaminateStep, CutsWhatWasFound) {
  const auto step = make(std::string(kSets) + "action: cut\n");
  const Outcome outcome =
      run(*step, "Kabla. " + kQuestion + " Baada, simba wote wanakula nyama kila siku.");
  EXPECT_EQ(outcome.value, "");
  EXPECT_EQ(outcome.text, "Kabla. . Baada, .");
  EXPECT_THAT(outcome.counts, ElementsAre(Pair("gsm", 1), Pair("lines", 1)));
  EXPECT_EQ(run(*step, outcome.text).text, outcome.text);
  EXPECT_EQ(run(*step, "simba wote wanakula nyama kila siku").value,
            "lines row 1");  // nothing left
}

TEST_F(DecontaminateStep, CutsAgainWhatACutBringsTogether) {
  const auto step = make(std::string(kSets) + "action: cut\n");
  const std::string lions = "simba wote wanakula nyama kila siku";
  EXPECT_EQ(run(*step, "a simba wote wanakula " + lions + " nyama kila siku b").text, "a  b");
}

// What the step leaves, by scanning the whole text again after every cut.
std::string cut_by_whole_scans(const dedup::ContaminationIndex& index, std::string text) {
  std::vector<dedup::ContaminationMatch> matches;
  for (index.scan(text, matches); !matches.empty(); index.scan(text, matches)) {
    std::vector<dedup::TextRange> ranges;
    for (const auto& match : matches) ranges.push_back(match.range);
    dedup::merge_ranges(ranges);
    text = dedup::without(text, ranges);
  }
  return text;
}

TEST_F(DecontaminateStep, CutsWhatScanningAllAgainWouldCut) {
  for (uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    const auto draw = [&](size_t count) {
      std::string out;
      for (size_t i = 0; i < count; ++i) {
        out += std::string(1, static_cast<char>('a' + random.below(3))) +
               (random.below(3) ? " " : ", ");
      }
      return out;
    };
    const int ngram = 3 + static_cast<int>(random.below(3));
    dedup::ContaminationIndex index({.ngram = ngram, .least_words = 2});
    std::string sets;
    for (uint32_t row = 0; row < 3; ++row) {
      const std::string text = draw(2 + random.below(6));
      index.add(text, 0, row);
      sets += text + "\n";
    }
    std::ofstream(folder_ / "drawn.txt") << sets;
    const auto step = make(fmt::format(
        "sets: [{{name: drawn, path: drawn.txt}}]\nngram: {}\nleast_words: 2\naction: cut", ngram));
    const std::string text = "x " + draw(200) + "x";
    ASSERT_EQ(run(*step, text).text, cut_by_whole_scans(index, text)) << "seed " << seed;
  }
}

TEST_F(DecontaminateStep, NestedQuotationsAreCutInOneWay) {
  std::ofstream(folder_ / "short.txt") << "a b c d e\n";
  const auto step = make("sets: [{name: short, path: short.txt}]\naction: cut");
  std::string text = "x ";
  for (int i = 0; i < 100'000; ++i) text += "a b ";
  for (int i = 0; i < 100'000; ++i) text += "c d e ";  // minutes where every cut reads all again
  EXPECT_EQ(run(*step, text + "y").text, "x  y");
}

TEST_F(DecontaminateStep, WordsThatACutMakesAreFoundToo) {
  std::ofstream(folder_ / "joined.txt") << "éa b c d e\n\u4E2D f g h \u4E2D\n";
  const auto step = make("sets: [{name: joined, path: joined.txt}]\naction: cut");
  EXPECT_EQ(run(*step, "x é\u4E2D f g h \u4E2Da b c d e y").text, "x  y");
}

TEST_F(DecontaminateStep, BothFilesOfADictionaryAreInputs) {
  std::ofstream(folder_ / "d.index") << "simba\tA\tw\n";
  std::ofstream(folder_ / "d.dict") << "simba <n>\n\nmnyama mkubwa wa mwituni wa Kiafrika\n";
  const auto step = make("sets: [{name: d, path: d.index}]");
  EXPECT_THAT(context_.inputs, ElementsAre(folder_ / "d.index", folder_ / "d.dict"));
}

TEST_F(DecontaminateStep, WaitsForMinMatches) {
  const auto step = make(std::string(kSets) + "min_matches: 3\n");
  EXPECT_EQ(run(*step, "simba wote wanakula nyama kila siku").value, "");
  EXPECT_EQ(run(*step, kQuestion).value, "gsm row 2 (8 runs)");
}

TEST_F(DecontaminateStep, SettingsThatCannotWorkAreErrors) {
  const auto message = [&](ErrorCode code, const std::string& yaml) {
    return message_of(code, [&] { make(yaml); });
  };
  EXPECT_THAT(message(ErrorCode::kInvalidArgument, "ngram: 13"), HasSubstr("at least one set"));
  EXPECT_THAT(message(ErrorCode::kNotFound, "sets: [{name: a, path: none.jsonl}]"),
              HasSubstr("none.jsonl"));
  EXPECT_THAT(message(ErrorCode::kCorruptData, "sets: [{name: a, path: gsm.jsonl}]"),
              HasSubstr("gsm.jsonl:1: no text under 'text'"));
  EXPECT_THAT(message(ErrorCode::kInvalidArgument, std::string(kSets) + "least_words: 12"),
              HasSubstr("quiz.csv: no text in it is long enough"));
  EXPECT_THAT(message(ErrorCode::kInvalidArgument, std::string(kSets) + "min_matches: 0"),
              HasSubstr("min_matches: must be at least 1, not 0"));
  EXPECT_THAT(message(ErrorCode::kInvalidArgument, std::string(kSets) + "ngram: 0"),
              HasSubstr("ngram: must be from 2 to 64, not 0"));
  EXPECT_THAT(message(ErrorCode::kInvalidArgument, std::string(kSets) + "least_words: 14"),
              HasSubstr("least_words: must be from 2 to 13, not 14"));
  EXPECT_THAT(message(ErrorCode::kInvalidArgument, std::string(kSets) + "ngrams: 8"),
              HasSubstr("did you mean 'ngram'"));
  EXPECT_THAT(message(ErrorCode::kInvalidArgument,
                      "sets: [{name: a, path: lines.txt}, {name: a, path: lines.txt}]"),
              HasSubstr("two sets are named 'a'"));
}

}  // namespace
}  // namespace fundi::curate
