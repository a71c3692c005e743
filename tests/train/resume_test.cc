// Trainings that are killed, stopped or run out of disk, and go on.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

#include "formats/safetensors.h"
#include "tests/train/train_testing.h"

namespace fundi::train {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kChildFolder = "FUNDI_TRAIN_TEST_FOLDER";

// What parent and child of the kill test both train.
TrainOptions killed_options(const fs::path& folder, const std::string& output) {
  TrainOptions options;
  options.objective = "sft";
  options.config = Workshop::tiny_config();
  options.tokenizer = folder / "tokenizer";
  options.data = {folder / "pairs.jsonl"};
  options.eval_fraction = 0.2;
  options.output_dir = folder / output;
  options.max_length = 48;
  options.gradient_accumulation_steps = 2;
  options.learning_rate = 5e-3;
  options.num_train_epochs = 5;
  options.save_steps = 5;
  options.eval_steps = 4;
  options.logging_steps = 2;
  return options;
}

class Resume : public ::testing::Test {
 protected:
  void SetUp() override {
    backends::install_all();
    use_threads(1);
  }
  Workshop shop_{"resume"};
};

// Run by the test below in a process of its own: a fork of this one would have none of the threads
// that OpenMP believes to have.
TEST(ResumeChild, Trains) {
  const char* folder = std::getenv(kChildFolder);
  if (folder == nullptr) GTEST_SKIP() << "only as the child of Resume.SurvivesKills";
  backends::install_all();
  use_threads(2);
  train(killed_options(folder, "killed"));
}

pid_t start_child(const fs::path& folder) {
  const std::string variable = std::string(kChildFolder) + "=" + folder.string();
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int null = ::open("/dev/null", O_WRONLY);
  ::dup2(null, 1);
  ::putenv(const_cast<char*>(variable.c_str()));
  ::execl("/proc/self/exe", "test_train", "--gtest_filter=ResumeChild.Trains", nullptr);
  ::_exit(127);
}

size_t metrics_lines(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "killed" / "metrics.jsonl", error)
             ? static_cast<size_t>(
                   std::ranges::count(read_file(folder / "killed" / "metrics.jsonl"), '\n'))
             : 0;
}

// Kills the child some microseconds after it has written `wanted` lines. True if it was done
// before.
bool kill_after(const fs::path& folder, size_t wanted, int microseconds) {
  const pid_t child = start_child(folder);
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    if (metrics_lines(folder) >= wanted) {
      std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  EXPECT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : 0, 0);
  return WIFEXITED(status);
}

TEST_F(Resume, SurvivesKills) {
  use_threads(2);  // as the child
  shop_.pairs(30);
  const TrainResult whole = train(killed_options(shop_.folder(), "whole"));
  ASSERT_GT(whole.steps, 15);
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int kills = 0;
  for (int i = 0; i < 5; ++i) {
    const size_t wanted = metrics_lines(shop_.folder()) + 1 + random() % 5;
    kills += kill_after(shop_.folder(), wanted, static_cast<int>(random() % 4000)) ? 0 : 1;
  }
  // And once in the midst of saving and publishing the last checkpoint.
  kill_after(shop_.folder(), read_lines(whole.metrics).size(), static_cast<int>(random() % 60000));
  EXPECT_GT(kills, 0);
  const TrainResult resumed = train(killed_options(shop_.folder(), "killed"));
  EXPECT_EQ(resumed.steps, whole.steps);
  EXPECT_EQ(resumed.tokens, whole.tokens);
  EXPECT_EQ(weights_of(resumed.model), weights_of(whole.model));
  EXPECT_EQ(timeless_metrics(resumed.metrics), timeless_metrics(whole.metrics));
  const std::string last = "checkpoint-" + std::to_string(whole.steps);
  EXPECT_EQ(read_file(resumed.model / last / "optimizer.safetensors"),
            read_file(whole.model / last / "optimizer.safetensors"));
  for (const auto& entry : fs::directory_iterator(resumed.model)) {
    EXPECT_EQ(entry.path().filename().string().find(".tmp"), std::string::npos) << entry.path();
  }
}

TEST_F(Resume, LeftoversOfKilledRunsAreRemoved) {
  TrainOptions options = shop_.options("sft", shop_.pairs(10), "out");
  options.max_steps = 2;
  for (const char* name : {"checkpoint-2.tmp-77-0badf00d", "checkpoint-9.tmp-1-00000000"}) {
    fs::create_directories(options.output_dir / name);
    write_file_atomic(options.output_dir / name / "trainer_state.json", "{");
  }
  write_file_atomic(options.output_dir / "config.json.tmp-12-00c0ffee", "{");
  write_file_atomic(options.output_dir / "model.safetensors.tmp-publish", "");
  write_file_atomic(options.output_dir / "notes.tmp-mine", "not ours");
  write_file_atomic(options.output_dir / "checkpoint-40" / "trainer_state.json", "{}");
  train(options);
  EXPECT_THAT(checkpoints_in(options.output_dir), ElementsAre("checkpoint-2", "checkpoint-40"));
  EXPECT_FALSE(fs::exists(options.output_dir / "config.json.tmp-12-00c0ffee"));
  EXPECT_FALSE(fs::exists(options.output_dir / "model.safetensors.tmp-publish"));
  EXPECT_TRUE(fs::exists(options.output_dir / "notes.tmp-mine"));
}

TEST_F(Resume, AFinishedRunIsNotRunAgain) {
  TrainOptions options = shop_.options("sft", shop_.pairs(10), "out");
  options.max_steps = 3;
  const TrainResult first = train(options);
  const std::string metrics = read_file(first.metrics);
  fs::remove(first.model / "model.safetensors");
  const TrainResult second = train(options);
  EXPECT_EQ(second.steps, 3);
  EXPECT_EQ(second.final_loss, first.final_loss);
  EXPECT_EQ(read_file(second.metrics), metrics);
  EXPECT_TRUE(fs::exists(first.model / "model.safetensors"));
}

TEST_F(Resume, OtherSettingsAreRefusedByName) {
  TrainOptions options = shop_.options("sft", shop_.pairs(10), "out");
  options.max_steps = 3;
  train(options);
  const auto fails = [&] {
    return message_of(ErrorCode::kInvalidArgument, [&] { train(options); });
  };
  options.learning_rate = 2e-2;
  EXPECT_THAT(fails(), HasSubstr("learning_rate was 0.01, now 0.02"));
  options.learning_rate = 1e-2;
  options.dtype = DType::kBF16;
  EXPECT_THAT(fails(), HasSubstr("dtype was \"f32\", now \"bf16\""));
  options.dtype = DType::kF32;
  shop_.pairs(11);
  EXPECT_THAT(fails(), HasSubstr("the data"));
  shop_.pairs(10);
  options.save_steps = 1;  // of no consequence for the weights
  options.logging_steps = 2;
  train(options);
  options.learning_rate = 2e-2;
  options.resume = false;
  const TrainResult again = train(options);
  EXPECT_EQ(read_lines(again.metrics).front().at("step"), 1);
  EXPECT_NEAR(read_lines(again.metrics).back().at("learning_rate").get<double>(), 2e-2, 2e-2);
}

TEST_F(Resume, AnotherBaseModelIsRefused) {
  TrainOptions base = shop_.options("pretrain", shop_.texts(6), "base");
  base.max_steps = 1;
  train(base);
  base.output_dir = shop_.folder() / "base2";
  base.seed = 5;
  train(base);
  TrainOptions options = shop_.options("sft", shop_.pairs(6), "out");
  options.config.reset();
  options.max_steps = 1;
  options.model = shop_.folder() / "base";
  train(options);
  options.model = shop_.folder() / "base2";
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { train(options); }),
              HasSubstr("the model to start from"));
}

TEST_F(Resume, DamagedCheckpointsAreNamed) {
  TrainOptions options = shop_.options("sft", shop_.pairs(10), "out");
  options.max_steps = 4;
  options.save_steps = 2;
  train(options);
  const fs::path newest = options.output_dir / "checkpoint-4";
  const std::string state = read_file(newest / "trainer_state.json");
  write_file_atomic(newest / "trainer_state.json", "{\"step\": 4}");
  EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { train(options); }),
              HasSubstr("checkpoint-4/trainer_state.json"));
  Json moved = Json::parse(state);
  moved["position"] = 1000;
  write_file_atomic(newest / "trainer_state.json", dump_json(moved));
  EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { train(options); }),
              HasSubstr("no sequence 1000"));
  write_file_atomic(newest / "trainer_state.json", state);
  formats::write_safetensors(newest / "optimizer.safetensors", {});
  EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { train(options); }),
              HasSubstr("optimizer.safetensors: tensor 'm."));
}

// Lets no file of this process grow beyond `bytes`: a full disk, as far as writing goes.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  sighandler_t handler_;
};

TEST_F(Resume, AFullDiskLeavesTheCheckpointBeforeIntact) {
  TrainOptions options = shop_.options("sft", shop_.pairs(10), "out");
  options.max_steps = 4;
  options.save_steps = 2;
  const std::string whole = weights_of(train(options).model);
  fs::remove_all(options.output_dir / "checkpoint-4");
  const auto size = fs::file_size(options.output_dir / "checkpoint-2" / "optimizer.safetensors");
  {
    const FileSizeLimit limit(size - 1);
    EXPECT_THAT(message_of(ErrorCode::kIo, [&] { train(options); }), HasSubstr("optimizer"));
  }
  EXPECT_THAT(checkpoints_in(options.output_dir), ElementsAre("checkpoint-2"));
  EXPECT_EQ(weights_of(train(options).model), whole);
}

}  // namespace
}  // namespace fundi::train
