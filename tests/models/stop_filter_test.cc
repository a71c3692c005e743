#include "models/stop_filter.h"

#include "tests/models/models_testing.h"

namespace fundi::models {
namespace {

using Pieces = std::vector<std::string>;

// What comes out for each piece, and at the end.
Pieces run(const Pieces& stops, const Pieces& pieces) {
  StopFilter filter(stops);
  Pieces out;
  for (const std::string& piece : pieces) out.push_back(filter.push(piece));
  out.push_back(filter.finish());
  return out;
}

TEST(StopFilterTest, HoldsBackWhatMayBecomeAStop) {
  EXPECT_EQ(run({"END"}, {"abE", "N", "x"}), (Pieces{"ab", "", "ENx", ""}));
  EXPECT_EQ(run({"END"}, {"abE", "N", "Dmore", "z"}), (Pieces{"ab", "", "", "", ""}));
  EXPECT_EQ(run({"END"}, {"abEN"}), (Pieces{"ab", "EN"}));
  EXPECT_EQ(run({"\n\n"}, {"a\n", "b\n", "\n"}), (Pieces{"a", "\nb", "", ""}));
  EXPECT_EQ(run({"aab"}, {"a", "a", "a", "b"}), (Pieces{"", "", "a", "", ""}));
  EXPECT_EQ(run({}, {"abc"}), (Pieces{"abc", ""}));
}

TEST(StopFilterTest, TheTextDoesNotDependOnThePieces) {
  const Pieces stops{"abcX", "bc", "cX"};
  EXPECT_EQ(run(stops, {"zabcX"}), (Pieces{"za", ""}));
  EXPECT_EQ(run(stops, {"z", "a", "b", "c", "X"}), (Pieces{"z", "", "", "a", "", ""}));
  // Complete together: the longer one.
  EXPECT_EQ(run({"c", "abc"}, {"zabc"}), (Pieces{"z", ""}));
}

TEST(StopFilterTest, AnEmptyStopIsAnError) {
  expect_error(ErrorCode::kInvalidArgument, "empty", [] { StopFilter({"a", ""}); });
}

}  // namespace
}  // namespace fundi::models
