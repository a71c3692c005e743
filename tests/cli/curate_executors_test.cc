// Every executor of `fundi curate` leaves the same bytes, through the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "base/files.h"
#include "base/hash.h"
#include "base/json.h"
#include "tests/cli/shell.h"

namespace fundi::cli {
namespace {

using testing::HasSubstr;

// Texts of which one in three repeats an older one, and one in seven ends as the first does.
std::string rows() {
  std::mt19937 random(1);
  std::vector<std::vector<int>> texts;
  std::string rows;
  for (int i = 0; i < 300; ++i) {
    std::vector<int> words(40 + random() % 40);
    for (int& word : words) word = static_cast<int>(random() % 5000);
    if (i > 0 && i % 3 == 0) words = texts[random() % texts.size()];
    texts.push_back(words);
    if (i % 7 == 6) words.insert(words.end(), texts[0].end() - 20, texts[0].end());
    std::string text;
    for (int word : words) {
      text += "neno";
      for (; word > 0; word /= 20) text += static_cast<char>('a' + word % 20);
      text += ' ';
    }
    rows += dump_json({{"text", text}}) + "\n";
  }
  return rows;
}

constexpr const char* kRecipe = R"(
name: executors
output: corpus
sources: [{name: made, path: rows.jsonl, licence: CC0-1.0}]
steps:
  - gopher_quality: {min_doc_words: 45}
  - exact_duplicates
  - substring_duplicates: {length: 60, rounds: 1, min_words: 0, min_sentences: 0}
mix: {validation: 0.1, seed: 3}
task_size: 45KB
partitions: 2
write: {shards: 2}
)";

class CurateExecutors : public testing::Test {
 protected:
  void SetUp() override {
    write_file_atomic(folder_.path() / "rows.jsonl", rows());
    write_file_atomic(folder_.path() / "recipe.yaml", kRecipe);
  }

  ShellResult curate(const std::string& executor) {
    return run_shell("fundi curate recipe.yaml --json " + executor, folder_.path());
  }

  // The words before `fundi`; each rank is a shell that runs `first`, then the program.
  ShellResult mpi(int ranks, const std::string& first = "") {
    return run_shell(
        "export ASAN_OPTIONS=detect_leaks=0 OMPI_ALLOW_RUN_AS_ROOT=1 "  // MPI's own leaks
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; mpirun --oversubscribe -n " +
            std::to_string(ranks) + " sh -c '" + first +
            " exec fundi curate recipe.yaml --json --executor mpi --threads 1 \"$@\"'",
        folder_.path());
  }

  static bool has_mpirun() { return run_shell("command -v mpirun", "/").status == 0; }

  // Every file of the output but the work folder by its hash; the output is gone afterwards.
  std::map<std::string, std::string> take_output() {
    std::map<std::string, std::string> files;
    fs::remove_all(output_ / "work");
    for (const auto& entry : fs::recursive_directory_iterator(output_)) {
      if (entry.is_regular_file()) {
        files[fs::relative(entry.path(), output_)] = sha256_hex(read_file(entry.path()));
      }
    }
    fs::remove_all(output_);
    return files;
  }

  TemporaryFolder folder_;
  fs::path output_ = folder_.path() / "corpus";
};

TEST_F(CurateExecutors, ThreadsAndRanksLeaveTheSameBytes) {
  const ShellResult one = curate("--threads 1");
  ASSERT_EQ(one.status, 0) << one.output;
  const Json card = read_json(output_ / "card.json");
  EXPECT_GT(card.at("written").at("documents").get<int>(), 150);
  EXPECT_LT(card.at("written").at("documents").get<int>(), 250) << "duplicates are to be found";
  const auto expected = take_output();
  ASSERT_TRUE(expected.contains("data/train-00001.jsonl.zst"));
  ASSERT_TRUE(expected.contains("rejects/02-exact_duplicates/00002.jsonl.zst")) << "several tasks";
  ASSERT_EQ(curate("--threads 2").status, 0);
  EXPECT_EQ(take_output(), expected);
  if (!has_mpirun()) GTEST_SKIP() << "needs mpirun (package openmpi-bin)";
  for (int ranks = 1; ranks <= 3; ++ranks) {
    const ShellResult result = mpi(ranks);
    ASSERT_EQ(result.status, 0) << result.output;
    EXPECT_THAT(result.output, testing::StartsWith("{\"output\"")) << "rank 0 alone speaks";
    EXPECT_EQ(std::count(result.output.begin(), result.output.end(), '\n'), 1) << result.output;
    EXPECT_EQ(take_output(), expected) << ranks << " ranks";
  }
}

TEST_F(CurateExecutors, GoesOnAfterARankWasKilled) {
  if (!has_mpirun()) GTEST_SKIP() << "needs mpirun (package openmpi-bin)";
  ASSERT_EQ(curate("--threads 2").status, 0);
  const auto expected = take_output();
  const ShellResult killed =
      mpi(3,
          "if [ $OMPI_COMM_WORLD_RANK = 2 ]; then (until [ -e corpus/work/01*/00000/done.json ]; "
          "do sleep 0.01; done; kill -9 $$) & fi;");
  EXPECT_NE(killed.status, 0) << killed.output;
  ASSERT_FALSE(fs::exists(output_ / "card.json")) << "ended before it was killed";
  const ShellResult result = mpi(2);
  ASSERT_EQ(result.status, 0) << result.output;
  EXPECT_GT(Json::parse(result.output).at("cached").get<int>(), 3);
  EXPECT_EQ(take_output(), expected);
}

TEST_F(CurateExecutors, EndsWhereARankFailsOrSeesOtherFiles) {
  if (!has_mpirun()) GTEST_SKIP() << "needs mpirun (package openmpi-bin)";
  const ShellResult other = mpi(2, "[ $OMPI_COMM_WORLD_RANK = 0 ] || set -- task_size=60KB;");
  EXPECT_EQ(other.status, 2) << other.output;
  EXPECT_THAT(other.output, HasSubstr("rank 1 and rank 0 do not see the same recipe"));
  fs::remove_all(output_);
  write_file_atomic(output_ / "work/given_up", "a file where a folder must be");
  const ShellResult failed = mpi(3);
  EXPECT_EQ(failed.status, 1) << failed.output;
  EXPECT_THAT(failed.output, HasSubstr("work/given_up: "));
}

}  // namespace
}  // namespace fundi::cli
