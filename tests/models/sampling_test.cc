#include "models/sampling.h"

#include <limits>
#include <map>

#include "base/json.h"
#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

SamplingOptions options_of(const Json& json) {
  SamplingOptions options;
  options.temperature = json.value("temperature", 0.0);
  options.top_k = json.value("top_k", int64_t{0});
  options.top_p = json.value("top_p", 1.0);
  options.min_p = json.value("min_p", 0.0);
  options.repetition_penalty = json.value("repetition_penalty", 1.0);
  return options;
}

TEST(SamplingTest, FiltersAreThoseOfTransformers) {
  const Json data = read_json(fs::path(FUNDI_TEST_DATA) / "sampling.json");
  const auto history = data["history"].get<std::vector<int32_t>>();
  for (const Json& item : data["cases"]) {
    SCOPED_TRACE(item["options"].dump());
    auto logits = data["logits"].get<std::vector<float>>();
    const auto expected = item["probabilities"].get<std::vector<double>>();
    const auto kept = candidates(logits, history, options_of(item["options"]));
    std::vector<double> got(expected.size(), 0.0);
    for (const Candidate& candidate : kept) got[size_t(candidate.id)] = candidate.probability;
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 1e-6) << i;
    EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
      return a.probability > b.probability;
    }));
  }
}

TEST(SamplingTest, DrawsByTheProbabilities) {
  const Json data = read_json(fs::path(FUNDI_TEST_DATA) / "sampling.json");
  const auto history = data["history"].get<std::vector<int32_t>>();
  for (const Json& item : data["cases"]) {
    SCOPED_TRACE(item["options"].dump());
    const auto expected = item["probabilities"].get<std::vector<double>>();
    std::vector<int> counts(expected.size(), 0);
    Random random(3);
    constexpr int kDraws = 10000;
    for (int i = 0; i < kDraws; ++i) {
      auto logits = data["logits"].get<std::vector<float>>();
      ++counts[size_t(sample(logits, history, options_of(item["options"]), random))];
    }
    for (size_t i = 0; i < counts.size(); ++i) {
      const double deviation = std::sqrt(expected[i] * (1 - expected[i]) / kDraws);
      EXPECT_NEAR(double(counts[i]) / kDraws, expected[i], 5 * deviation) << i;
    }
    EXPECT_EQ(random.counter(), uint64_t{kDraws}) << "one number a token";
  }
}

TEST(SamplingTest, GreedyTakesTheFirstOfTheBest) {
  std::vector<float> logits{1, 5, 2, 5};
  Random random(0);
  EXPECT_EQ(sample(logits, {}, {}, random), 1);
  EXPECT_EQ(random.counter(), 0U);
  // The penalty counts even then: a positive logit shrinks, a negative one grows more negative.
  logits = {1, 5, 2, 4.9f};
  const std::vector<int32_t> history{1, 1, 400, -3};
  EXPECT_EQ(sample(logits, history, {.repetition_penalty = 1.5}, random), 3);
  logits = {-1, -1.1f};
  EXPECT_EQ(sample(logits, std::vector<int32_t>{0}, {.repetition_penalty = 1.5}, random), 1);
}

TEST(SamplingTest, ALargeVocabularyIsSortedAsFarAsNeeded) {
  std::vector<float> logits(50000);
  for (size_t i = 0; i < logits.size(); ++i) logits[i] = -float(i) / 1000.0f;
  std::vector<float> copy = logits;
  // Geometric: the first n hold 1 - exp(-n/1000) of the whole.
  const auto kept = candidates(copy, {}, {.temperature = 1, .top_p = 0.9});
  EXPECT_NEAR(double(kept.size()), 1000 * std::log(10.0), 2);
  for (size_t i = 0; i < kept.size(); ++i) ASSERT_EQ(kept[i].id, int32_t(i));
}

TEST(SamplingTest, WhatIsNotANumberNeverWins) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInf = std::numeric_limits<float>::infinity();
  Random random(0);
  std::vector<float> logits{kNan, -kInf, 0.5f, kInf};
  EXPECT_EQ(sample(logits, {}, {}, random), 2);
  logits = {kNan, -kInf, 0.5f, kInf};
  EXPECT_EQ(sample(logits, {}, {.temperature = 1}, random), 2);
  logits = {kNan, kNan};
  expect_error(ErrorCode::kDiverged, "logits",
               [&] { sample(logits, {}, {.temperature = 1}, random); });
  expect_error(ErrorCode::kDiverged, "logits", [&] { sample({}, {}, {}, random); });
}

TEST(SamplingTest, ATinyTemperatureIsGreedy) {
  Random random(0);
  for (const double temperature : {1e-300, 1e-40, 1e-9}) {
    std::vector<float> logits{1, 80, -80, 79};
    EXPECT_EQ(sample(logits, {}, {.temperature = temperature}, random), 1);
  }
}

TEST(SamplingTest, NamesTheOptionOutOfRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::pair<const char*, SamplingOptions>> wrong{
      {"temperature", {.temperature = -0.1}},
      {"temperature", {.temperature = nan}},
      {"top_k", {.top_k = -1}},
      {"top_p", {.top_p = 0}},
      {"top_p", {.top_p = 1.5}},
      {"min_p", {.min_p = 1.5}},
      {"repetition_penalty", {.repetition_penalty = 0}},
      {"repetition_penalty", {.repetition_penalty = nan}},
  };
  for (const auto& [name, options] : wrong) {
    expect_error(ErrorCode::kInvalidArgument, name, [&, o = options] { o.validate(); });
  }
  EXPECT_NO_THROW(SamplingOptions{}.validate());
}

}  // namespace
}  // namespace fundi::models
