// The main job on a few word pairs, through the program: once in peace, once killed with SIGKILL
// in the middle of training and continued. Both must end with the same bits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "tests/cli/shell.h"

namespace fundi::cli {
namespace {

using testing::HasSubstr;

std::vector<std::string> arguments(const fs::path& output) {
  return {"run",
          FUNDI_SOURCE_DIR "/recipes/swahili-farmer/recipe.yaml",
          "--json",
          "output=" + output.string(),
          "rows.max_pairs=24",
          "tokenizer.vocab_size=400",
          "pretrain.config.hidden_size=64",
          "pretrain.config.intermediate_size=128",
          "pretrain.config.num_hidden_layers=2",
          "pretrain.config.num_attention_heads=2",
          "pretrain.config.num_key_value_heads=1",
          "pretrain.per_device_train_batch_size=4",
          "pretrain.max_steps=60",
          "pretrain.save_steps=10",
          "pretrain.eval_steps=30",
          "sft.per_device_train_batch_size=4",
          "sft.max_steps=30",
          "sft.save_steps=10",
          "sft.eval_steps=0",
          "evaluate.limit=20"};
}

std::string command(const fs::path& output) {
  std::string line = "fundi";
  for (const std::string& argument : arguments(output)) line += " '" + argument + "'";
  return line;
}

// Starts the program, waits until `file` exists, kills it. False where it ended before.
bool kill_when(const fs::path& output, const fs::path& file) {
  std::vector<std::string> words = arguments(output);
  std::string program = fundi_binary().string();
  std::vector<char*> argv = {program.data()};
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr) ::_exit(126);
    if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(126);
    ::execv(program.c_str(), argv.data());
    ::_exit(127);
  }
  int status = 0;
  for (int i = 0; i < 60'000; ++i) {
    if (fs::exists(file)) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return WIFSIGNALED(status);
    }
    if (::waitpid(child, &status, WNOHANG) == child) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return false;
}

Json last_line(const std::string& output) {
  const size_t end = output.find_last_not_of('\n');
  const size_t begin = output.rfind('\n', end);
  return Json::parse(output.substr(begin == std::string::npos ? 0 : begin + 1), nullptr, false);
}

class MainJob : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists("/usr/share/dictd/freedict-swh-eng.index")) {
      GTEST_SKIP() << "needs the packages dict-freedict-swh-eng and dict-freedict-eng-swh";
    }
  }
  TemporaryFolder folder_;
};

TEST_F(MainJob, RunsCachesAndSurvivesAKill) {
  const fs::path calm = folder_.path() / "calm", killed = folder_.path() / "killed";
  const ShellResult first = run_shell(command(calm), folder_.path());
  ASSERT_EQ(first.status, 0) << first.output;
  const Json result = last_line(first.output);
  ASSERT_TRUE(result.is_object()) << first.output;
  ASSERT_EQ(result["stages"].size(), 9u);
  EXPECT_TRUE(result["evaluation"]["seen_exact_match"].is_number());
  EXPECT_TRUE(result["evaluation"]["unseen_exact_match"].is_number());
  EXPECT_GT(result["seconds"].get<double>(), 0);
  EXPECT_TRUE(fs::exists(fs::path(result["model"].get<std::string>()) / "config.json"));
  const std::string report = read_file(result["report"].get<std::string>());
  EXPECT_THAT(report, HasSubstr("Does it answer?"));
  EXPECT_THAT(report, HasSubstr("From what was read to what is left")) << "the data card";
  EXPECT_THAT(report, HasSubstr("GNU General Public License"));
  EXPECT_THAT(read_file(calm / "model/README.md"), HasSubstr("GNU General Public License"));
  EXPECT_THAT(read_file(calm / "stages/sft/training/checkpoint-30/trainer_state.json"),
              HasSubstr("GNU General Public License"));
  const std::string pairs = read_file(calm / "stages/rows/pairs.jsonl");
  EXPECT_EQ(std::count(pairs.begin(), pairs.end(), '\n'), 48);
  EXPECT_THAT(pairs, HasSubstr(R"("source":"Swahili-English xFried)"));
  EXPECT_TRUE(fs::exists(calm / "model/README.md")) << "published";

  const Json again = last_line(run_shell(command(calm), folder_.path()).output);
  for (const Json& stage : again["stages"]) EXPECT_TRUE(stage["cached"].get<bool>()) << stage;

  ASSERT_TRUE(kill_when(killed, killed / "stages/pretrain/training/checkpoint-10/config.json"));
  EXPECT_FALSE(fs::exists(killed / "stages/pretrain/manifest.json"));
  const fs::path canary = killed / "stages/pretrain/canary";
  write_file_atomic(canary, "");
  const ShellResult continued = run_shell(command(killed), folder_.path());
  ASSERT_EQ(continued.status, 0) << continued.output;
  EXPECT_THAT(continued.output, HasSubstr("pretrain: was interrupted"));
  EXPECT_TRUE(fs::exists(canary)) << "the stage must go on in its folder, not start over";
  const Json stages = last_line(continued.output)["stages"];
  EXPECT_TRUE(stages[0]["cached"].get<bool>()) << "reading was done before the kill";
  for (const char* stage : {"pretrain", "sft"}) {
    EXPECT_EQ(sha256_path(calm / "stages" / stage / "model"),
              sha256_path(killed / "stages" / stage / "model"))
        << stage << " must not show that it was killed";
  }
}

}  // namespace
}  // namespace fundi::cli
