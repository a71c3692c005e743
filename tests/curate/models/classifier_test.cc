#include "curate/models/classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "curate/models/packed.h"
#include "curate/models/text_features.h"
#include "curate/models/train_classifier.h"
#include "tests/curate/steps_testing.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> kFarm = {"shamba", "mahindi", "mbolea", "mvua", "ng'ombe"};
const std::vector<std::string> kSport = {"mpira", "timu", "bao", "uwanja", "kocha"};
const std::vector<std::string> kBoth = {"watu", "leo", "sana", "mwaka", "nchi", "kubwa", "jana"};

// Three of four words say nothing about the domain.
std::vector<std::string> texts_of(const std::vector<std::string>& domain, size_t n, uint64_t seed) {
  Random random(seed);
  std::vector<std::string> texts;
  for (size_t i = 0; i < n; ++i) {
    std::string text;
    for (int j = 0; j < 40; ++j) {
      const auto& words = random.below(4) == 0 ? domain : kBoth;
      text.append(words[random.below(words.size())]).append(1, ' ');
    }
    texts.push_back(text);
  }
  return texts;
}

TrainedClassifier trained(uint64_t seed = 0) {
  return train_classifier(texts_of(kFarm, 200, 1), texts_of(kSport, 300, 2),
                          {.bits = 14, .seed = seed});
}

TEST(TrainClassifier, TellsTwoDomainsApart) {
  const TrainedClassifier result = trained();
  EXPECT_GT(result.quality.precision, 0.95);
  EXPECT_GT(result.quality.recall, 0.95);
  EXPECT_GT(result.quality.auc, 0.99);
  EXPECT_EQ(result.trained + result.calibrated + result.quality.good + result.quality.bad, 500u);
  for (const std::string& text : texts_of(kFarm, 50, 3)) {
    EXPECT_GT(result.classifier.score(text), 0.5);
  }
  for (const std::string& text : texts_of(kSport, 50, 4)) {
    EXPECT_LT(result.classifier.score(text), 0.5);
  }
}

TEST(TrainClassifier, FindsNothingWhereNothingIs) {
  const TrainedClassifier result =
      train_classifier(texts_of(kBoth, 800, 1), texts_of(kBoth, 800, 2), {.bits = 14, .epochs = 2});
  EXPECT_NEAR(result.quality.auc, 0.5, 0.15);
  EXPECT_NEAR(result.classifier.score(texts_of(kBoth, 1, 3)[0]), 0.5, 0.25);
}

TEST(TrainClassifier, IsDeterministic) {
  EXPECT_EQ(trained().classifier.to_bytes(), trained().classifier.to_bytes());
  EXPECT_NE(trained().classifier.to_bytes(), trained(1).classifier.to_bytes());
}

TEST(TrainClassifier, RepeatedAndAmbiguousTextsTeachNothing) {
  auto good = texts_of(kFarm, 200, 1), bad = texts_of(kSport, 200, 2);
  good.push_back(good[0]);
  bad.push_back(good[1]);
  const TrainedClassifier result = train_classifier(good, bad, {.bits = 14});
  EXPECT_EQ(result.repeated, 1u);
  EXPECT_EQ(result.in_both, 2u);
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [&] {
                           train_classifier({"a", "a"}, bad, {.bits = 14});
                         }),
              HasSubstr("1 good texts to train on; at least 20"));
}

TEST(TrainClassifier, SaysWhatStandsInBoth) {
  const auto good = texts_of(kFarm, 100, 1);
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { train_classifier(good, good, {}); }),
              HasSubstr("all 100 good and 100 bad texts stand in both"));
  auto bad = texts_of(kSport, 200, 2);
  bad.insert(bad.end(), good.begin(), good.end());
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { train_classifier(good, bad, {}); }),
              HasSubstr("0 good texts to train on; at least 20 are needed, better 1000 in all; 200 "
                        "are left out, for they stand among the good and the bad"));
}

TEST(MeasureClassifier, ByHand) {
  const ClassifierQuality q = measure_classifier(
      {{0.9, true}, {0.8, true}, {0.7, false}, {0.6, true}, {0.4, true}, {0.2, false}});
  EXPECT_DOUBLE_EQ(q.precision, 0.75);
  EXPECT_DOUBLE_EQ(q.recall, 0.75);
  EXPECT_DOUBLE_EQ(q.auc, 6.0 / 8);
  EXPECT_DOUBLE_EQ(q.threshold_90, 0.8);
  EXPECT_DOUBLE_EQ(q.recall_90, 0.5);
  EXPECT_DOUBLE_EQ(measure_classifier({{0.5, true}, {0.5, false}}).auc, 0.5);
  EXPECT_TRUE(measure_classifier({{0.5, true}, {0.9, false}}).to_json()["threshold_90"].is_null());
}

TEST(Classifier, RoundTripAndDamage) {
  const Classifier classifier = trained().classifier;
  const std::string bytes = classifier.to_bytes();
  const Classifier read = Classifier::parse(bytes, "q.bin");
  EXPECT_EQ(read.to_bytes(), bytes);
  EXPECT_EQ(read.report(), classifier.report());
  EXPECT_EQ(read.score("mbolea shambani"), classifier.score("mbolea shambani"));
  const auto error_of = [](const std::string& bent) {
    return message_of(ErrorCode::kCorruptData, [&] { Classifier::parse(bent, "q.bin"); });
  };
  EXPECT_THAT(error_of("PK"), HasSubstr("q.bin: is no classifier"));
  for (size_t i = 0; i < bytes.size(); i += 17) error_of(bytes.substr(0, i));
  std::string bent = bytes;
  bent[bytes.size() / 2] = static_cast<char>(bent[bytes.size() / 2] ^ 4);
  EXPECT_THAT(error_of(bent), HasSubstr("damaged"));
  const std::string inside = unpack(bytes.substr(8), 1 << 20, "x");
  EXPECT_THAT(error_of("FUNDICL1" + pack(inside.substr(0, inside.size() - 2))),
              HasSubstr("power of two"));
  EXPECT_THAT(error_of("FUNDICL1" + pack("\xFF\xFF\xFF\xFF{}")), HasSubstr("does not fit"));
  std::string infinite = inside;
  infinite[inside.size() - 2] = static_cast<char>(0x80);
  infinite[inside.size() - 1] = 0x7F;
  EXPECT_THAT(error_of("FUNDICL1" + pack(infinite)), HasSubstr("not finite"));
}

TEST(ClassifierStep, LabelsAndRejects) {
  const fs::path folder = ::testing::TempDir();
  write_file_atomic(folder / "farm.bin", trained().classifier.to_bytes());
  const std::string farm = texts_of(kFarm, 1, 9)[0], sport = texts_of(kSport, 1, 9)[0];
  const auto judge = [&](const std::string& settings, const std::string& text) {
    return run(*step("classifier", "path: farm.bin\n" + settings, folder), text).rule;
  };
  EXPECT_EQ(judge("min_score: 0.5", farm), "");
  EXPECT_EQ(judge("min_score: 0.5", sport), "score");
  EXPECT_EQ(judge("max_score: 0.5", farm), "score");
  EXPECT_EQ(judge("", sport), "");
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { judge("min_score: 50", farm); }),
              HasSubstr("min_score: must be from 0 to 1, not 50"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [&] { judge("min_score: 0.6\nmax_score: 0.4", farm); }),
              HasSubstr("min_score: 0.6 is above max_score, which is 0.4"));
  Document document;
  document.text = farm;
  Subject subject(document);
  StepFigures figures;
  const auto made = step("classifier", "path: farm.bin\nname: farming", folder);
  Judge none(made->rules(), figures);
  made->apply(subject, none);
  EXPECT_GT(subject.document().meta.at("farming").get<double>(), 0.5);
}

TEST(TextFeatures, CountsRunsWordsAndPairs) {
  const auto features = [](std::string_view text) {
    std::multiset<uint32_t> buckets;
    for_each_feature(text, 20, [&](uint32_t bucket) { buckets.insert(bucket); });
    return buckets;
  };
  EXPECT_TRUE(features("").empty());
  EXPECT_TRUE(features("  \n").empty());
  // With the space before it: " ab" is one run of 3; a word and its pair with nothing.
  EXPECT_EQ(features("ab").size(), 3u);
  EXPECT_EQ(features("AB  1"), features("ab 7"));
  EXPECT_NE(features("ab cd"), features("cd ab"));
  EXPECT_NE(features("\u1230\u1260"), features("\u1230\u1261"));
}

}  // namespace
}  // namespace fundi::curate
