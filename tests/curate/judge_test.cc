#include "curate/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace fundi::curate {
namespace {

constexpr std::string_view kRules[] = {"words", "mean_length", "phrase"};

TEST(Judge, TheFirstRuleThatFailsIsTheRejection) {
  StepFigures figures;
  Judge judge(kRules, figures);
  EXPECT_TRUE(judge.at_least(0, 50, 50));
  EXPECT_FALSE(judge.between(1, 12.5, 3, 10));
  EXPECT_FALSE(judge.forbid(2, true, "lorem ipsum"));
  ASSERT_TRUE(judge.rejection());
  EXPECT_EQ(judge.rejection()->rule, "mean_length");
  EXPECT_EQ(judge.rejection()->value, "12.5");
  EXPECT_EQ(judge.rejection()->limit, "3 to 10");
  EXPECT_EQ(figures.rules[0].rejected, 0u);
  EXPECT_EQ(figures.rules[1].rejected, 1u);
  EXPECT_EQ(figures.rules[2].rejected, 0u);  // it was rejected already
}

TEST(Judge, NotANumberNeverPasses) {
  StepFigures figures;
  Judge judge(kRules, figures);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(judge.at_least(0, nan, 0));
  EXPECT_FALSE(judge.at_most(0, nan, 0));
  EXPECT_FALSE(judge.between(0, nan, 0, 1));
}

TEST(Judge, AStoryAsksEveryRule) {
  StepFigures figures;
  std::vector<Judge::Answer> story;
  Judge judge(kRules, figures, &story);
  EXPECT_TRUE(judge.at_least(0, 3, 50));
  EXPECT_TRUE(judge.at_most(1, 4, 10));
  EXPECT_TRUE(judge.forbid(2, true, "lorem ipsum"));
  ASSERT_EQ(story.size(), 3u);
  EXPECT_FALSE(story[0].passed);
  EXPECT_EQ(story[0].limit, "at least 50");
  EXPECT_TRUE(story[1].passed);
  EXPECT_FALSE(story[2].passed);
  EXPECT_EQ(judge.rejection()->rule, "words");
}

TEST(Histogram, BinsCoverWhatTheirEdgesSay) {
  for (double value : {1e-5, 0.01, 0.3, 1.0, 7.3, 100.0, 123456.0}) {
    const size_t bin = Histogram::bin_of(value);
    EXPECT_LE(Histogram::lower_edge(bin), value * (1 + 1e-12)) << value;
    EXPECT_GT(Histogram::lower_edge(bin + 1), value) << value;
  }
  EXPECT_EQ(Histogram::bin_of(0), 0u);
  EXPECT_EQ(Histogram::bin_of(-1), 0u);
  EXPECT_EQ(Histogram::bin_of(1e300), Histogram::kBins - 1);
}

TEST(Histogram, MergingEqualsAddingAll) {
  Histogram a, b, all;
  for (double value : {0.0, 1.0, 2.5}) a.add(value), all.add(value);
  for (double value : {300.0, 0.001}) b.add(value), all.add(value);
  b.reject(300);
  all.reject(300);
  a.merge(b);
  a.merge(Histogram{});
  EXPECT_EQ(a.counts, all.counts);
  EXPECT_EQ(a.documents, 5u);
  EXPECT_EQ(a.rejected, 1u);
  EXPECT_EQ(a.rejected_counts, all.rejected_counts);
  EXPECT_EQ(a.rejected_counts[Histogram::bin_of(300)], 1u);
  EXPECT_EQ(a.least, 0);
  EXPECT_EQ(a.greatest, 300);
  EXPECT_DOUBLE_EQ(a.sum, all.sum);
}

}  // namespace
}  // namespace fundi::curate
