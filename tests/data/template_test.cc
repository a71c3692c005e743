#include "data/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fundi::data {
namespace {

using ::testing::ElementsAre;

TEST(ExpandAlternatives, EveryWordingInOrder) {
  EXPECT_THAT(expand_alternatives("plain | text", "x"), ElementsAre("plain | text"));
  EXPECT_THAT(expand_alternatives("[Please |]say [it|this]", "x"),
              ElementsAre("Please say it", "Please say this", "say it", "say this"));
  EXPECT_THAT(expand_alternatives("[[a|b]] [c]", "x"), ElementsAre("[a|b] c"));
  EXPECT_THAT(expand_alternatives("", "x"), ElementsAre(""));
}

TEST(Template, FillsInOrder) {
  const Template t("{b} and {a}, {{{b}}}", {"a", "b"}, "x");
  EXPECT_EQ(t.fill({"1", "2"}), "2 and 1, {2}");
  EXPECT_TRUE(t.has_placeholder());
  EXPECT_FALSE(t.blank());
  EXPECT_TRUE(Template(" \n", {"a"}, "x").blank());
}

}  // namespace
}  // namespace fundi::data
