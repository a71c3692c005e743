#include "base/ticks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fundi {
namespace {

using testing::ElementsAre;

TEST(Ticks, AreRound) {
  EXPECT_THAT(linear_ticks(0, 100, 5), ElementsAre(0, 20, 40, 60, 80, 100));
  EXPECT_THAT(log_ticks(0.9, 11), ElementsAre(1, 2, 5, 10));
  EXPECT_THAT(log_ticks(2.3, 8.7), ElementsAre(3, 4, 5, 6, 7, 8));
  EXPECT_EQ(linear_ticks(3, 3, 5).size(), 1u);
  EXPECT_EQ(tick_label(15000), "15k");
  EXPECT_EQ(tick_label(0.25), "0.25");
  EXPECT_EQ(tick_label(0), "0");
}

}  // namespace
}  // namespace fundi
