#include "base/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <vector>

namespace fundi {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

struct Seen {
  int64_t done, total;
  double rate, seconds_left;
  std::string note;
};

class Recorder : public ProgressSink {
 public:
  void update(const State& s) override {
    updates.push_back({s.done, s.total, s.rate, s.seconds_left, std::string(s.note)});
  }
  void finish(const State& s) override {
    ends.push_back({s.done, s.total, s.rate, s.seconds_left, std::string(s.note)});
  }
  std::vector<Seen> updates, ends;
};

class ProgressTest : public ::testing::Test {
 protected:
  ProgressTest() { set_progress_sink(recorder_); }
  ~ProgressTest() override { set_progress_sink(nullptr); }
  std::shared_ptr<Recorder> recorder_ = std::make_shared<Recorder>();
};

TEST_F(ProgressTest, RateCountsOnlyWhatIsNew) {
  const auto start = std::chrono::steady_clock::now();
  {
    Progress progress("train", "tokens", 1'000'100, 1'000'000);
    progress.note("loss 2.31");
    for (int i = 0; i < 25; ++i) {
      std::this_thread::sleep_for(10ms);
      progress.advance(2);
    }
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  ASSERT_GE(recorder_->updates.size(), 1u);
  EXPECT_LE(static_cast<double>(recorder_->updates.size()), seconds * 10 + 1);  // throttled
  const Seen& update = recorder_->updates.back();
  EXPECT_GT(update.rate, 1);
  EXPECT_LT(update.rate, 201);  // 2 each 10 ms at the most
  EXPECT_NEAR(update.seconds_left * update.rate, static_cast<double>(update.total - update.done),
              1e-6);
  EXPECT_EQ(update.note, "loss 2.31");
  ASSERT_EQ(recorder_->ends.size(), 1u);
  EXPECT_EQ(recorder_->ends[0].done, 1'000'050);
  EXPECT_NEAR(recorder_->ends[0].rate, 50 / seconds, 10 / seconds);
}

TEST_F(ProgressTest, ThreadsLoseNothing) {
  {
    Progress progress("count", "items", 0);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 100'000; ++i) progress.advance();
        progress.note("done");
      });
    }
    for (auto& thread : threads) thread.join();
  }
  EXPECT_EQ(recorder_->ends.at(0).done, 400'000);
  for (const Seen& update : recorder_->updates)
    EXPECT_EQ(update.seconds_left, -1);  // total unknown
}

TEST(Progress, NeedsNoSink) {
  Progress progress("quiet", "items", 10);
  progress.advance(10);
  progress.note("x");
}

TEST(RenderProgress, FitsTheTerminal) {
  ProgressSink::State state;
  state.name = "pretrain";
  state.unit = "tokens";
  state.done = 52;
  state.total = 100;
  state.rate = 4512.3;
  state.seconds_left = 83;
  state.note = "loss 2.31";
  EXPECT_EQ(
      render_progress(state, 200),
      "pretrain  [###############---------------]   52%  4,512 tokens/s  01:23 left  loss 2.31");
  for (int width = 1; width < 120; ++width) {
    EXPECT_LE(render_progress(state, width).size(), static_cast<size_t>(std::max(1, width - 1)));
  }
  EXPECT_THAT(render_progress(state, 40), Not(HasSubstr("[")));
  state.note = "a\x1b[2J\nb\xC3\xA9";
  EXPECT_THAT(render_progress(state, 200), HasSubstr("  a [2J b\xC3\xA9"));
  state.total = 0;
  state.seconds_left = -1;
  EXPECT_EQ(render_progress(state, 30), "pretrain  52 tokens  4,512 to");
  state.total = 10;  // done beyond total must not overrun the bar
  EXPECT_THAT(render_progress(state, 200), HasSubstr("[##############################]  100%"));
}

TEST(RenderProgress, EndGivesTimeAndRate) {
  ProgressSink::State state;
  state.name = "pretrain";
  state.unit = "tokens";
  state.done = 12345;
  state.seconds = 83;
  state.rate = 148.7;
  state.note = "loss 2.31";
  EXPECT_EQ(render_progress_end(state),
            "pretrain  12,345 tokens in 01:23  149 tokens/s  loss 2.31");
}

}  // namespace
}  // namespace fundi
