#include "curate/models/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/files.h"
#include "base/random.h"
#include "curate/models/known_words.h"
#include "curate/models/learn_limits.h"
#include "curate/models/learn_profile.h"
#include "tests/curate/steps_testing.h"

namespace fundi::curate {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

// Running text of a language that has `words` and, between them, the small ones.
std::string text_of(const std::vector<std::string>& small, const std::vector<std::string>& words,
                    int sentences, uint64_t seed) {
  Random random(seed);
  std::string text;
  for (int i = 0; i < sentences; ++i) {
    for (int j = 0; j < 5; ++j) {
      text += words[random.below(words.size())] + " " + small[random.below(small.size())] + " ";
    }
    text += words[random.below(words.size())] + ".\n";
  }
  return text;
}

const std::vector<std::string> kSmall = {"na", "ya", "wa", "kwa", "ni"};
const std::vector<std::string> kWords = {
    "wakulima", "mahindi", "serikali", "mvua", "shamba",  "mwaka",    "habari", "watoto",
    "kitabu",   "safari",  "nyumba",   "maji", "chakula", "barabara", "mchezo", "kijiji"};

std::string good(uint64_t seed) { return text_of(kSmall, kWords, 12, seed); }

Profile learnt(size_t documents = 40) {
  ProfileLearner learner("swh");
  for (size_t i = 0; i < documents; ++i) {
    Document document;
    document.text = good(i);
    EXPECT_TRUE(learner.add(std::move(document)));
  }
  return learner.learn();
}

class ProfileStep : public ::testing::Test {
 protected:
  ProfileStep() {
    path_ = fs::path(::testing::TempDir()) / "sw.profile.json";
    write_file_atomic(path_, dump_json_pretty(learnt().to_json()));
  }
  Outcome judge(const std::string& text, const std::string& settings = "") const {
    return run(*step("profile", "path: sw.profile.json\n" + settings, path_.parent_path()), text);
  }
  fs::path path_;
};

TEST(Profile, LearnsWhatTheLanguageHas) {
  const Profile profile = learnt();
  EXPECT_EQ(profile.language, "sw");
  EXPECT_EQ(profile.documents, 40u);
  for (const std::string& word : kSmall) EXPECT_THAT(profile.stop_words, Contains(word));
  EXPECT_THAT(profile.stop_words, Not(Contains("serikali")));
  EXPECT_THAT(profile.letters, Not(HasSubstr("q")));
  EXPECT_GT(profile.min_stop_words, 0.3);
  EXPECT_GT(profile.perplexity.max, profile.perplexity.median);
  // Never stricter than the step itself, but for what the language is like.
  const Json& quality = profile.thresholds.at("gopher_quality");
  EXPECT_LE(quality.at("min_doc_words").get<double>(), 50);
  EXPECT_EQ(quality.at("max_doc_words"), 100000.0);
  EXPECT_GT(quality.at("min_avg_word_length").get<double>(), 3);
  EXPECT_LT(quality.at("max_avg_word_length").get<double>(), 10);
  EXPECT_GE(profile.thresholds.at("gopher_repetition").at("dup_n_grams").at("5"), 0.15);
}

TEST(Profile, IsTheSameEveryTimeAndAfterReading) {
  const Json json = learnt().to_json();
  EXPECT_EQ(json, learnt().to_json());
  EXPECT_EQ(Profile::from_json(json, "x").to_json(), json);
}

TEST(Profile, NeedsEnoughText) {
  ProfileLearner learner("sw");
  Document document;
  document.text = "Habari ya leo";
  learner.add(document);
  learner.add(document);
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { learner.learn(); }),
              HasSubstr("13 characters in 1 texts are too little"));
  message_of(ErrorCode::kInvalidArgument, [] { ProfileLearner("Kiswahili cha leo"); });
  // One book teaches the language, but not how long documents are.
  ProfileLearner book("sw");
  document.text = text_of(kSmall, kWords, 200, 1);
  book.add(document);
  EXPECT_TRUE(book.learn().thresholds.empty());
}

TEST_F(ProfileStep, KeepsTheGoodAndTurnsAwayTheRest) {
  for (uint64_t seed = 100; seed < 140; ++seed) EXPECT_EQ(judge(good(seed)).rule, "") << seed;
  std::string noise = good(100);
  Random random(1);
  for (size_t begin = 0; begin < noise.size();) {
    const size_t end = std::min(noise.find_first_of(" .\n", begin), noise.size());
    shuffle(std::span(noise).subspan(begin, end - begin), random);
    begin = end + 1;
  }
  EXPECT_EQ(judge(noise, "use: [perplexity]").rule, "perplexity");
  const std::string other = text_of({"the", "of", "to"}, {"farmers", "weather", "question"}, 12, 1);
  EXPECT_EQ(judge(other, "use: [stop_words]").rule, "stop_words");
  EXPECT_EQ(judge(other, "use: [letters]").rule, "letters");
  EXPECT_EQ(judge("Habari", "use: [thresholds]").rule, "fineweb.lines_with_punctuation");
  EXPECT_NE(judge(repeat("habari ya leo ", 100)).rule, "");
  EXPECT_EQ(judge(good(100), "max_perplexity: 1.1").rule, "perplexity");
  EXPECT_NE(judge("").rule, "");
}

TEST_F(ProfileStep, LabelsWithThePerplexity) {
  const auto made = step("profile", "path: sw.profile.json\nuse: []", path_.parent_path());
  Document document;
  document.text = good(3);
  Subject subject(document);
  StepFigures figures;
  std::vector<Judge::Answer> story;
  Judge judge(made->rules(), figures, &story);
  made->apply(subject, judge);
  EXPECT_GT(subject.document().meta.at("perplexity").get<double>(), 1);
  EXPECT_TRUE(story.empty());
}

TEST_F(ProfileStep, TellsEveryRuleOfAStory) {
  const auto made = step("profile", "path: sw.profile.json", path_.parent_path());
  Document document;
  document.text = "qqq";
  Subject subject(document);
  StepFigures figures;
  std::vector<Judge::Answer> story;
  Judge judge(made->rules(), figures, &story);
  made->apply(subject, judge);
  EXPECT_EQ(story.back().rule, made->rules().size() - 1);
  EXPECT_FALSE(story.back().passed);
  std::set<size_t> asked;
  for (const Judge::Answer& answer : story) asked.insert(answer.rule);
  EXPECT_EQ(asked.size() + 1, made->rules().size());  // all but gopher_quality.stop_words
}

TEST_F(ProfileStep, FilesThatItsThresholdsNameAreInputsToo) {
  const fs::path folder = path_.parent_path();
  Json json = learnt().to_json();
  json["thresholds"]["words"] = {{"words_file", "bad_words.txt"}};
  write_file_atomic(path_, dump_json(json));
  write_file_atomic(folder / "bad_words.txt", "mbaya\n");
  StepContext context{"/", {}};
  const auto made = step_kind("profile").make(
      Config(Json{{"path", path_.string()}, {"use", {"thresholds"}}}, "recipe.yaml"), context);
  EXPECT_THAT(context.inputs, ::testing::ElementsAre(path_, folder / "bad_words.txt"));
  EXPECT_EQ(run(*made, good(3) + "Neno mbaya.").rule, "words.forbidden_words");
}

// A margin below what was seen may end below 0.
TEST_F(ProfileStep, LearntLimitsBelowZeroAskForNothing) {
  Json json = learnt().to_json();
  json["thresholds"]["gopher_quality"]["min_alpha_words_ratio"] = -0.25;
  write_file_atomic(path_, dump_json(json));
  EXPECT_EQ(judge(good(3)).rule, "");
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { judge("x", "max_perplexity: 0.5"); }),
              HasSubstr("max_perplexity: must be at least 1, not 0.5"));
}

TEST_F(ProfileStep, RefusesWhatIsNoProfile) {
  const auto error_of = [&](ErrorCode code, auto change) {
    Json json = learnt().to_json();
    change(json);
    write_file_atomic(path_, dump_json(json));
    return message_of(code, [&] { judge("x"); });
  };
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [](Json& json) { json = Json::object(); }),
              HasSubstr("is no profile"));
  EXPECT_THAT(error_of(ErrorCode::kUnsupported, [](Json& json) { json["fundi_profile"] = 2; }),
              HasSubstr("version 2"));
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [](Json& json) { json["counts"] = "!"; }),
              HasSubstr("no base64"));
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [](Json& json) { json["counts"] = "AAAA"; }),
              HasSubstr("counts"));
  EXPECT_THAT(error_of(ErrorCode::kInvalidArgument, [](Json& json) { json["leters"] = 1; }),
              HasSubstr("leters: unknown key"));
  EXPECT_THAT(
      error_of(ErrorCode::kInvalidArgument, [](Json& json) { json["letters"]["min_share"] = 7; }),
      HasSubstr("must be from 0 to 1"));
  EXPECT_THAT(error_of(ErrorCode::kCorruptData, [](Json& json) { json["thresholds"]["x"] = 1; }),
              HasSubstr("thresholds.x"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [&] {
                           write_file_atomic(path_, dump_json(learnt().to_json()));
                           judge("x", "use: [perplexty]");
                         }),
              HasSubstr("did you mean 'perplexity'"));
}

TEST(Quantile, RoundsOutwards) {
  std::vector<double> values = {5, 1, 4, 2, 3};
  EXPECT_EQ(quantile(values, 0.01), 1);
  EXPECT_EQ(quantile(values, 0.5), 3);
  EXPECT_EQ(quantile(values, 0.99), 5);
}

TEST(KnownWords, SharesOfWordsAndLetters) {
  const KnownWords known({"na", "ya"}, "any");
  const auto share = [&](std::string_view text) {
    std::vector<Word> words;
    split_words(text, words);
    return known.stop_word_share(text, words);
  };
  EXPECT_EQ(share("NA, ya mtu 12 wa"), 0.5);
  EXPECT_EQ(share("12"), 1);
  EXPECT_EQ(known.letter_share("Nay! b"), 0.75);
  EXPECT_EQ(known.letter_share("12"), 1);
}

}  // namespace
}  // namespace fundi::curate
