#include "curate/dedup/exact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "curate/dedup/keep.h"
#include "curate/dedup/record_sort.h"
#include "tests/error_testing.h"

namespace fundi::curate::dedup {
namespace {

TEST(Exact, FoldsCaseCompositionAndWhiteSpace) {
  EXPECT_EQ(fold("  Habari\r\n\r\n ZA\tasubuhi\v"), "habari za asubuhi");
  EXPECT_EQ(fold(""), "");
  EXPECT_EQ(fold(" \n "), "");
  EXPECT_EQ(fold("E\u0301TE\u0301"), "\u00E9t\u00E9");
  EXPECT_EQ(fold("\u00C9t\u00C9\u00A0\u3000x\u2003"), "\u00E9t\u00E9 x");
  EXPECT_EQ(fold("a.b,  c"), "a.b, c");  // punctuation and digits stay
}

TEST(Exact, HashesWhatTheFormSays) {
  EXPECT_EQ(exact_hash("Habari  za", ExactForm::kFolded),
            exact_hash("habari za\n", ExactForm::kFolded));
  EXPECT_NE(exact_hash("Habari za", ExactForm::kAsIs), exact_hash("habari za", ExactForm::kAsIs));
  EXPECT_NE(exact_hash("habari za", ExactForm::kFolded),
            exact_hash("habariza", ExactForm::kFolded));
  EXPECT_EQ(exact_hash("habari", ExactForm::kAsIs), hash128("habari"));
  // The test vector of XXH3 for the empty string.
  EXPECT_EQ(hash128(""), (Hash128{0x99AA06D3014798D8, 0x6001C324468D497F}));
}

ClusterMember keeper(Keep keep, const std::vector<KeepFacts>& facts) {
  std::vector<ClusterMember> members;
  for (size_t i = facts.size(); i-- > 0;) members.push_back({0, keep_rank(keep, facts[i]), i});
  sort_records(members);
  return members.front();
}

TEST(Keep, TheFirstOfTheSortedClusterIsTheBest) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<KeepFacts> facts = {
      {100, nan, UINT32_MAX}, {300, -2, 5}, {50, 0.5, 2}, {300, 0.5, 2}, {50, -7, 9}};
  EXPECT_EQ(keeper(Keep::kFirst, facts).ordinal, 0u);
  EXPECT_EQ(keeper(Keep::kLongest, facts).ordinal, 1u);
  EXPECT_EQ(keeper(Keep::kShortest, facts).ordinal, 2u);
  EXPECT_EQ(keeper(Keep::kBestScore, facts).ordinal, 2u);
  EXPECT_EQ(keeper(Keep::kSourcePriority, facts).ordinal, 2u);
}

TEST(Keep, ScoresAreOrderedAsNumbers) {
  const double inf = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> descending = {inf,     1e300, 2,      1,    1e-310, 0,
                                          -1e-310, -1,    -1e300, -inf, nan};
  for (size_t i = 1; i < descending.size(); ++i) {
    EXPECT_LT(keep_rank(Keep::kBestScore, {.score = descending[i - 1]}),
              keep_rank(Keep::kBestScore, {.score = descending[i]}))
        << i;
  }
  EXPECT_EQ(keep_rank(Keep::kBestScore, {.score = 0.0}),
            keep_rank(Keep::kBestScore, {.score = -0.0}));
  EXPECT_EQ(keep_rank(Keep::kBestScore, {.score = nan}),
            keep_rank(Keep::kBestScore, {.score = -nan}));
}

TEST(Keep, HasNames) {
  for (const std::string& name : keep_names()) {
    EXPECT_EQ(keep_names()[static_cast<size_t>(parse_keep(name))], name);
  }
  EXPECT_EQ(parse_keep("source_priority"), Keep::kSourcePriority);
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { (void)parse_keep("longst"); }),
              ::testing::HasSubstr("did you mean 'longest'"));
}

}  // namespace
}  // namespace fundi::curate::dedup
