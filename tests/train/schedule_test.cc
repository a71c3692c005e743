#include "train/schedule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace fundi::train {
namespace {

constexpr Schedule schedule(ScheduleKind kind) {
  return {.kind = kind, .peak = 2.0, .min_ratio = 0.1, .warmup_steps = 4, .total_steps = 24};
}

TEST(Schedule, WarmsUpToThePeak) {
  for (const auto kind : {ScheduleKind::kCosine, ScheduleKind::kLinear, ScheduleKind::kConstant,
                          ScheduleKind::kWsd}) {
    const Schedule s = schedule(kind);
    EXPECT_DOUBLE_EQ(s.at(0), 0.5);
    EXPECT_DOUBLE_EQ(s.at(1), 1.0);
    EXPECT_DOUBLE_EQ(s.at(3), 2.0);
    EXPECT_DOUBLE_EQ(s.at(4), 2.0);
  }
}

TEST(Schedule, Cosine) {
  const Schedule s = schedule(ScheduleKind::kCosine);
  EXPECT_DOUBLE_EQ(s.at(9), 0.2 + 1.8 * 0.5 * (1 + std::sqrt(0.5)));  // a quarter of the decay
  EXPECT_DOUBLE_EQ(s.at(14), 1.1);
  EXPECT_DOUBLE_EQ(s.at(24), 0.2);
  EXPECT_DOUBLE_EQ(s.at(100), 0.2);
}

TEST(Schedule, Linear) {
  const Schedule s = schedule(ScheduleKind::kLinear);
  EXPECT_DOUBLE_EQ(s.at(9), 1.55);
  EXPECT_DOUBLE_EQ(s.at(14), 1.1);
  EXPECT_DOUBLE_EQ(s.at(24), 0.2);
}

TEST(Schedule, Constant) { EXPECT_DOUBLE_EQ(schedule(ScheduleKind::kConstant).at(23), 2.0); }

TEST(Schedule, WsdDecaysOverTheLastFifth) {
  Schedule s = schedule(ScheduleKind::kWsd);
  s.total_steps = 20;
  EXPECT_DOUBLE_EQ(s.at(16), 2.0);
  EXPECT_DOUBLE_EQ(s.at(17), 2.0 - 1.8 * 0.5);
  EXPECT_DOUBLE_EQ(s.at(18), 2.0 - 1.8 * std::sqrt(0.5));
  EXPECT_DOUBLE_EQ(s.at(20), 0.2);
}

TEST(Schedule, WithoutWarmUpStartsAtThePeak) {
  Schedule s = schedule(ScheduleKind::kCosine);
  s.warmup_steps = 0;
  EXPECT_DOUBLE_EQ(s.at(0), 2.0);
}

TEST(Schedule, WarmUpLongerThanTheRun) {
  Schedule s = schedule(ScheduleKind::kLinear);
  s.warmup_steps = 100;
  EXPECT_DOUBLE_EQ(s.at(23), 2.0 * 24 / 100);
  EXPECT_DOUBLE_EQ(s.at(100), 0.2);
}

TEST(Schedule, NamesRoundTrip) {
  EXPECT_EQ(schedule_names().size(), 4U);
  EXPECT_EQ(schedule_from_name("cosine"), ScheduleKind::kCosine);
  EXPECT_EQ(schedule_from_name("linear"), ScheduleKind::kLinear);
  EXPECT_EQ(schedule_from_name("constant"), ScheduleKind::kConstant);
  EXPECT_EQ(schedule_from_name("wsd"), ScheduleKind::kWsd);
  EXPECT_THROW(schedule_from_name("cosin"), Error);
}

}  // namespace
}  // namespace fundi::train
