#include "recipe/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/folder_lock.h"

namespace fundi::recipe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Kinds that write small text files: `text` writes its setting, `upper` copies a file, `list` reads
// the earlier manifests, `slow` fails until its folder holds a file "go".
class RunnerTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        fs::temp_directory_path() / fmt::format("fundi-recipe-{}-{}", ::getpid(), info->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    kinds_ = {text_kind(), copy_kind(), list_kind(), slow_kind()};
  }
  void TearDown() override { fs::remove_all(folder_); }

  StageKind text_kind() {
    StageKind kind{.name = "text", .description = "writes text"};
    kind.plan = [](const StageSettings& settings) {
      settings.with.get<std::string>("text");
      settings.with.get<int>("times", 1);
      settings.with.finish();
      return StagePlan{{}, {{"out", "out.txt"}}};
    };
    kind.run = [this](const StageContext& context) {
      ran_.push_back("text");
      std::string text;
      for (int i = 0; i < context.settings.with.get<int>("times", 1); ++i) {
        text += context.settings.with.get<std::string>("text");
      }
      write_file_atomic(context.folder / "out.txt", text);
      return Json{{"bytes", text.size()}};
    };
    return kind;
  }
  StageKind copy_kind() {
    StageKind kind{.name = "copy", .description = "copies a file"};
    kind.plan = [](const StageSettings& settings) {
      const fs::path from = settings.path("from");
      settings.with.finish();
      return StagePlan{{from}, {{"out", "copy.txt"}}};
    };
    kind.run = [this](const StageContext& context) {
      ran_.push_back("copy");
      write_file_atomic(context.folder / "copy.txt", read_file(context.settings.path("from")));
      return Json::object();
    };
    return kind;
  }
  StageKind list_kind() {
    StageKind kind{.name = "list", .description = "lists stages", .reads_manifests = true};
    kind.plan = [](const StageSettings& settings) {
      settings.with.finish();
      return StagePlan{{}, {{"out", "list.txt"}}};
    };
    kind.run = [this](const StageContext& context) {
      ran_.push_back("list");
      std::string text;
      for (const Manifest& manifest : context.earlier) text += manifest.stage + "\n";
      write_file_atomic(context.folder / "list.txt", text);
      return Json::object();
    };
    return kind;
  }
  StageKind slow_kind() {
    StageKind kind{.name = "slow", .description = "takes two attempts", .resumable = true};
    kind.plan = [](const StageSettings& settings) {
      settings.with.get<int>("steps", 1);
      settings.with.finish();
      return StagePlan{{}, {{"out", "slow.txt"}}};
    };
    kind.run = [this](const StageContext& context) {
      ran_.push_back(context.resuming ? "slow again" : "slow");
      if (!context.resuming) {
        write_file_atomic(context.folder / "half.txt", "half");
        if (interrupt_) fail(ErrorCode::kIo, "disk full");
      }
      write_file_atomic(context.folder / "slow.txt", read_file(context.folder / "half.txt"));
      return Json::object();
    };
    return kind;
  }

  Runner runner(const std::string& stages, const std::vector<std::string>& overrides = {}) {
    const std::string yaml = "name: test\noutput: " + (folder_ / "work").string() + "\n" + stages;
    return Runner(
        Recipe::parse(Config::parse_yaml(yaml, "recipe.yaml"), "recipe.yaml", folder_, overrides),
        kinds_);
  }
  std::string error_of(const std::string& stages, const std::vector<std::string>& overrides = {}) {
    try {
      runner(stages, overrides).run();
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }
  std::vector<std::string> run(const std::string& stages,
                               const std::vector<std::string>& overrides = {},
                               const RunOptions& options = {}) {
    ran_.clear();
    runner(stages, overrides).run(options);
    return ran_;
  }

  fs::path folder_;
  std::vector<StageKind> kinds_;
  std::vector<std::string> ran_;
  bool interrupt_ = false;
};

constexpr const char* kTwo =
    "stages:\n"
    "- {name: a, uses: text, with: {text: hello, times: 2}}\n"
    "- name: b\n"
    "  uses: copy\n"
    "  with:\n"
    "    from: ${a.out}\n"
    "- {name: c, uses: list}\n"
    "publish:\n"
    "  result: ${b.out}\n";

TEST_F(RunnerTest, RunsInOrderThenEverythingIsCached) {
  EXPECT_THAT(run(kTwo), ElementsAre("text", "copy", "list"));
  EXPECT_EQ(read_file(folder_ / "work/stages/b/copy.txt"), "hellohello");
  EXPECT_EQ(read_file(folder_ / "work/stages/c/list.txt"), "a\nb\n");
  EXPECT_EQ(read_file(folder_ / "work/result"), "hellohello");
  EXPECT_TRUE(fs::read_symlink(folder_ / "work/result").is_relative());
  EXPECT_FALSE(fs::exists(folder_ / "work/stages/a/incomplete.json"));
  EXPECT_THAT(run(kTwo), ElementsAre());
}

TEST_F(RunnerTest, ChangedSettingsRunWhatDependsOnThem) {
  run(kTwo);
  auto planned = runner(kTwo, {"a.times=3"}).plan();
  EXPECT_EQ(planned[0].reason, "times changed from 2 to 3");
  EXPECT_EQ(planned[1].reason, "needs 'a', which runs first");
  EXPECT_THAT(run(kTwo, {"a.times=3"}), ElementsAre("text", "copy", "list"));
  EXPECT_EQ(read_file(folder_ / "work/result"), "hellohellohello");
}

TEST_F(RunnerTest, EqualContentStopsTheWave) {
  run(kTwo);
  // Other settings, the same bytes: the copy stays.
  EXPECT_THAT(run(kTwo, {"a.text=hellohello", "stages.a.with.times=1"}),
              ElementsAre("text", "list"));
}

TEST_F(RunnerTest, SettingsOrderDoesNotMatter) {
  run("stages:\n- {uses: text, with: {text: x, times: 2}}\n");
  EXPECT_THAT(run("stages:\n- {uses: text, with: {times: 2, text: x}}\n"), ElementsAre());
}

TEST_F(RunnerTest, FilesFromOutsideAreKeyedByContent) {
  const char* recipe = "stages:\n- {uses: copy, with: {from: in.txt}}\n";
  EXPECT_THAT(error_of(recipe), HasSubstr("in.txt: no such file"));
  write_file_atomic(folder_ / "in.txt", "one");
  EXPECT_THAT(run(recipe), ElementsAre("copy"));
  fs::last_write_time(folder_ / "in.txt",
                      fs::last_write_time(folder_ / "in.txt") + std::chrono::seconds(5));
  EXPECT_THAT(run(recipe), ElementsAre()) << "only the time changed";
  write_file_atomic(folder_ / "in.txt", "two");
  EXPECT_THAT(runner(recipe).plan()[0].reason, HasSubstr("in.txt has new content"));
  EXPECT_THAT(run(recipe), ElementsAre("copy"));
}

TEST_F(RunnerTest, MissingOrChangedOutputsAreMadeAgain) {
  run(kTwo);
  write_file_atomic(folder_ / "work/stages/a/out.txt", "tampered");
  EXPECT_THAT(runner(kTwo).plan()[0].reason, HasSubstr("out was changed"));
  EXPECT_THAT(run(kTwo), ElementsAre("text", "list"));
  fs::remove(folder_ / "work/stages/b/copy.txt");
  EXPECT_THAT(run(kTwo), ElementsAre("copy", "list"));
  write_file_atomic(folder_ / "work/stages/b/manifest.json", "{\"stage\": ");
  EXPECT_THAT(run(kTwo), ElementsAre("copy", "list")) << "a broken manifest counts as none";
}

TEST_F(RunnerTest, CodeVersionIsPartOfTheKey) {
  run(kTwo);
  kinds_[1].version = 2;
  EXPECT_THAT(runner(kTwo).plan()[1].reason, HasSubstr("version 1 to 2"));
  EXPECT_THAT(run(kTwo), ElementsAre("copy", "list"));
}

TEST_F(RunnerTest, FromRunsAllLaterStages) {
  run(kTwo);
  EXPECT_THAT(run(kTwo, {}, {.from = "b"}), ElementsAre("copy", "list"));
  EXPECT_THROW(run(kTwo, {}, {.from = "d"}), Error);
}

TEST_F(RunnerTest, PlanChangesNothing) {
  const auto planned = runner(kTwo).plan();
  EXPECT_EQ(planned[0].reason, "has not run");
  EXPECT_EQ(planned[2].reason, "needs 'a', which runs first");
  EXPECT_FALSE(fs::exists(folder_ / "work"));
}

TEST_F(RunnerTest, AnInterruptedStageGoesOn) {
  const char* recipe = "stages:\n- {uses: slow, with: {steps: 3}}\n";
  interrupt_ = true;
  EXPECT_EQ(error_of(recipe), "stage 'slow': disk full");
  EXPECT_TRUE(fs::exists(folder_ / "work/stages/slow/half.txt"));
  EXPECT_EQ(runner(recipe).plan()[0].reason, "was interrupted");
  EXPECT_THAT(run(recipe), ElementsAre("slow again"));
  EXPECT_EQ(read_file(folder_ / "work/stages/slow/slow.txt"), "half");
  EXPECT_THAT(run(recipe), ElementsAre());
}

TEST_F(RunnerTest, AnInterruptedStageWithOtherSettingsStartsAfresh) {
  const char* recipe = "stages:\n- {uses: slow, with: {steps: 3}}\n";
  interrupt_ = true;
  error_of(recipe);
  interrupt_ = false;
  EXPECT_THAT(run(recipe, {"slow.steps=4"}), ElementsAre("slow"));
  // And --from never goes on from remains.
  EXPECT_THAT(run(recipe, {"slow.steps=4"}, {.from = "slow"}), ElementsAre("slow"));
}

TEST_F(RunnerTest, ASecondRunIsKeptOut) {
  const FolderLock lock(folder_ / "work", "output");
  EXPECT_THAT(error_of(kTwo), HasSubstr("work: another fundi works in this folder"));
}

TEST_F(RunnerTest, MistakesAreNamed) {
  EXPECT_THAT(error_of("stages:\n- {uses: txet, with: {text: x}}\n"),
              HasSubstr("stages[0].uses: no stage kind 'txet'; did you mean 'text'?"));
  EXPECT_THAT(error_of("stages:\n- {uses: text, with: {txt: x}}\n"), HasSubstr("text"));
  EXPECT_THAT(error_of("stages:\n- {uses: text, with: {text: x, tmies: 3}}\n"),
              HasSubstr("stages[0].with.tmies: unknown key; did you mean 'times'?"));
  EXPECT_THAT(error_of("stages:\n- {uses: text, wiht: {text: x}}\n"),
              HasSubstr("did you mean 'with'?"));
  EXPECT_THAT(error_of("stage: []\n"), HasSubstr("stages"));
  EXPECT_THAT(error_of("stages: []\n"), HasSubstr("at least one stage"));
  EXPECT_THAT(error_of("stages:\n- {uses: text, with: {text: x}}\n"
                       "- {uses: text, with: {text: x}}\n"),
              HasSubstr("a second stage is named 'text'"));
  EXPECT_THAT(error_of("stages:\n- {name: ../x, uses: text, with: {text: x}}\n"),
              HasSubstr("is not a name"));
  EXPECT_THAT(error_of(kTwo, {"aa.times=3"}), HasSubstr("the recipe has no stage 'aa'"));
}

TEST_F(RunnerTest, WrongReferencesAreNamed) {
  const std::string start = "stages:\n- {name: first, uses: text, with: {text: x}}\n";
  const auto copy = [&](const std::string& from) {
    return error_of(start + "- {uses: copy, with: {from: \"" + from + "\"}}\n" +
                    "- {name: late, uses: text, with: {text: x}}\n");
  };
  EXPECT_THAT(copy("${frist.out}"), HasSubstr("no stage 'frist'; did you mean 'first'?"));
  EXPECT_THAT(copy("${first.oot}"), HasSubstr("no output 'oot'; did you mean 'out'?"));
  EXPECT_THAT(copy("${late.out}"), HasSubstr("does not come before this stage"));
  EXPECT_THAT(copy("${first}"), HasSubstr("is not a reference"));
  EXPECT_THAT(copy("${first.out"), HasSubstr("is not a reference"));
  EXPECT_THAT(error_of(start + "publish: {x: plain}\n"), HasSubstr("must be one reference"));
}

TEST_F(RunnerTest, AForeignFolderIsNotEmptied) {
  fs::create_directories(folder_ / "mine");
  write_file_atomic(folder_ / "mine/thesis.txt", "years of work");
  const Config with = Config::parse_yaml("text: x", "command line");
  EXPECT_THROW(run_single(kinds_[0], with, folder_, folder_ / "mine", {}, Json::object()), Error);
  EXPECT_EQ(read_file(folder_ / "mine/thesis.txt"), "years of work");
  run_single(kinds_[0], with, folder_, folder_ / "new", {}, Json::object());
  EXPECT_EQ(read_file(folder_ / "new/out.txt"), "x");
}

TEST(References, AreReplacedEverywhere) {
  const Json json = Json::parse(R"({"a": ["${x.y}/config.json", 3], "b": "$${x.y} ${p.q.r}"})");
  const Json out = replace_references(
      json, "here", [](const Reference& r) { return "<" + r.stage + "|" + r.output + ">"; });
  EXPECT_EQ(out.dump(), R"({"a":["<x|y>/config.json",3],"b":"${x.y} <p.q|r>"})");
  EXPECT_EQ(references_in(json, "here").size(), 2u);
}

}  // namespace
}  // namespace fundi::recipe
