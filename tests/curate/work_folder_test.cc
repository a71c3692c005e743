// What the work folder survives: damage, kills while it is cleaned, marks of other recipes, two
// processes at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "curate/flow/batches.h"
#include "curate/flow/explain.h"
#include "curate/flow/task_folder.h"
#include "curate/flow/work_lock.h"
#include "tests/curate/flow_testing.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WorkFolder : public ::testing::Test {
 protected:
  WorkFolder() {
    scratch_.write("rows.jsonl", corpus(300));
    recipe_ = scratch_.write("recipe.yaml",
                             "output: out\ntask_size: 20KB\nsources: [{path: rows.jsonl}]\n"
                             "steps: [exact_duplicates]\n");
  }
  Plan plan(const std::vector<std::string>& more = {}) const {
    return Plan(CurateRecipe::load(recipe_, with_output(more)));
  }
  Execution run(const std::vector<std::string>& more = {}) const {
    return run_locally(recipe_, 2, with_output(more));
  }
  std::string digest() const { return sha256_path(out_ / "data"); }
  std::vector<std::string> with_output(std::vector<std::string> more) const {
    more.push_back("output=" + out_.string());
    return more;
  }
  TestFolder scratch_;
  fs::path recipe_, out_ = scratch_.path() / "out";
};

TEST_F(WorkFolder, WhatIsMissingFromATaskThatIsDoneIsNoticedAndMadeAnew) {
  run();
  const std::string whole = digest();
  const Plan all = plan();
  const fs::path task = all.folder(0, 1);
  for (const auto& [lost, reader] : {std::pair("000000.bundle", "exact_duplicates"),
                                     std::pair("out.bundle", "exact_duplicates-find")}) {
    fs::remove(task / lost);
    fs::remove_all(all.folder(all.find(reader)));
    EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { run(); }),
                HasSubstr("is missing; remove " + task.string()));
    EXPECT_EQ(digest(), whole) << lost;  // nothing is published without it
    fs::remove_all(task);
    EXPECT_THAT(run().given_up, IsEmpty()) << lost;
    EXPECT_EQ(digest(), whole) << lost;
  }
}

TEST_F(WorkFolder, NothingIsPublishedWithoutAShard) {
  run();
  const std::string whole = digest();
  const Plan all = plan();
  const fs::path shard = all.folder(all.find("write"), 0);
  fs::remove(shard / "documents.jsonl.zst");
  fs::remove_all(all.folder(all.find("publish")));
  EXPECT_THAT(message_of(ErrorCode::kCorruptData, [&] { run(); }), HasSubstr(shard.string()));
  EXPECT_EQ(digest(), whole);
}

// A sample of batches may hold nothing of a source of which something is left.
TEST_F(WorkFolder, TokensAreCountedWhereverSomethingIsLeft) {
  std::string rows;
  for (int i = 0; i < 200; ++i)
    rows += dump_json(Json{{"text", i < 199 ? "no" : sentence_of(1, 60)}}) + "\n";
  scratch_.write("rows.jsonl", rows);
  const std::string tokenizer = std::string(FUNDI_SOURCE_DIR) + "/tests/text/data/llama3";
  run({"steps=[{length: {min_words: 5}}]", "task_size=1kB", "mix={total: 1M tokens}",
       "write={tokenizer: " + tokenizer + "}"});
  const Json card = read_json(out_ / "card.json");
  EXPECT_EQ(card.at("written").at("documents"), 1);
  EXPECT_GT(card.at("sources").at(0).at("tokens"), 60);
}

TEST_F(WorkFolder, ATaskThatWasGivenUpGivesNothingOn) {
  run();
  const Plan all = plan();
  EXPECT_THAT(batches_of(all.folder(0, 0)), SizeIs(1));
  give_up(all, 0, 0, "by hand");
  EXPECT_THAT(batches_of(all.folder(0, 0)), IsEmpty());
  EXPECT_FALSE(fs::exists(all.folder(0, 0)));
  ASSERT_THAT(given_up(all), SizeIs(1));
  EXPECT_EQ(given_up(all)[0].log, "by hand");
}

TEST_F(WorkFolder, RemovingBeginsWithWhatSaysThatItIsDone) {
  run();
  const fs::path task = plan().folder(0, 0);
  // Where not even the first file can go all stays: nothing is left that claims to be whole.
  fs::remove(task / "done.json");
  fs::create_directories(task / "done.json/in the way");
  EXPECT_ANY_THROW(remove_task(task));
  EXPECT_TRUE(fs::exists(task / "000000.bundle"));
  fs::remove_all(task / "done.json");
  remove_task(task);
  EXPECT_FALSE(fs::exists(task));
}

TEST_F(WorkFolder, MarksOfTasksThatThereAreNoLongerAreOfNoAccount) {
  const Plan small = plan();
  ASSERT_GT(small.stage(0).tasks(), 2u);
  give_up(small, 0, 2, "killed");
  EXPECT_THAT(run({"task_size=1MB"}).given_up, IsEmpty());
  const Execution again = run({"task_size=1MB"});
  EXPECT_EQ(again.cached, again.tasks);
}

TEST_F(WorkFolder, ATaskWaitsForTheStageBefore) {
  const Plan all = plan();
  EXPECT_NO_THROW(check_stage_before(all, 0));
  EXPECT_THAT(message_of(ErrorCode::kUnavailable, [&] { check_stage_before(all, 1); }),
              HasSubstr("read/0 is to run before the tasks of exact_duplicates-find"));
  run();
  for (size_t stage = 0; stage < all.stages(); ++stage) check_stage_before(all, stage);
  for (size_t task = 0; task < all.stage(0).tasks(); ++task) give_up(all, 0, task, "killed");
  EXPECT_NO_THROW(check_stage_before(all, 1));
}

TEST_F(WorkFolder, OneRunAtATime) {
  {
    const WorkLock lock = WorkLock::of_run(out_ / "work");
    EXPECT_THAT(message_of(ErrorCode::kUnavailable, [&] { run(); }), HasSubstr("another run"));
    const WorkLock task = WorkLock::of_task(out_ / "work", 3, 5);
    const WorkLock other = WorkLock::of_task(out_ / "work", 3, 6);
  }
  EXPECT_THAT(run().given_up, IsEmpty());
}

TEST_F(WorkFolder, AStoryKnowsOnlyWhatHasRun) {
  const std::string id = dump_json(Json(explain(plan(), "rows/rows.jsonl:@0").at("end")));
  EXPECT_EQ(id, "\"unknown\"");
  run();
  EXPECT_EQ(explain(plan(), "rows/rows.jsonl:@0").at("end"), "written");
  scratch_.write("rows.jsonl", corpus(299));
  EXPECT_EQ(explain(plan(), "rows/rows.jsonl:@0").at("end"), "unknown");
}

TEST_F(WorkFolder, WhatARunWroteIsNoSourceOfTheNext) {
  scratch_.write("in/a.jsonl", corpus(50));
  const fs::path recipe = scratch_.write(
      "inner.yaml", "output: " + (scratch_.path() / "in/out").string() +
                        "\nsources: [{path: in, name: s}]\nsteps: [exact_duplicates]\n");
  run_locally(recipe, 1);
  const std::string first = digest_of(scratch_.path() / "in/out");
  const Execution again = run_locally(recipe, 1);
  EXPECT_EQ(again.cached, again.tasks);
  EXPECT_EQ(digest_of(scratch_.path() / "in/out"), first);
  EXPECT_THAT(
      message_of(ErrorCode::kInvalidArgument,
                 [&] { run_locally(recipe, 1, {"output=" + (scratch_.path() / "in").string()}); }),
      HasSubstr("lies in the output"));
}

TEST_F(WorkFolder, OneOddFileIsQuarantinedAlone) {
  scratch_.write("odd/rows.jsonl", corpus(30));
  scratch_.write("odd/table.csv", "a,b\n1,2\n");
  scratch_.write("odd/lonely.index", "a\tA\tB\n");
  for (const auto& [target, link] :
       {std::pair(".", "loop"), std::pair("self", "self"), std::pair("../y", "x/y"),
        std::pair("../x", "y/x"), std::pair("nowhere", "lost")}) {
    fs::create_directories((scratch_.path() / "odd" / link).parent_path());
    fs::create_directory_symlink(target, scratch_.path() / "odd" / link);
  }
  const fs::path recipe = scratch_.write("odd.yaml", "sources: [{path: odd, name: s}]\n");
  EXPECT_THAT(run_locally(recipe, 1, with_output({})).given_up, IsEmpty());
  const Json card = read_json(out_ / "card.json");
  EXPECT_EQ(card.at("read").at("documents"), 30);
  EXPECT_EQ(card.at("read").at("quarantined"), 2);
  EXPECT_THAT(dump_json(card.at("read").at("problems")), HasSubstr("has no column 'text'"));
  // Where nothing can be read it is the recipe that is wrong.
  fs::remove(scratch_.path() / "odd/rows.jsonl");
  EXPECT_THROW(run_locally(recipe, 1, with_output({})), Error);
}

TEST_F(WorkFolder, ValidationDocumentsAreNotRepeated) {
  run({"mix={validation: 0.2, sources: {rows: {epochs: 3}}}"});
  const Json written = read_json(out_ / "card.json").at("written");
  const auto train = written.at("train").at("documents").get<int64_t>();
  const auto held_out = written.at("validation").at("documents").get<int64_t>();
  EXPECT_GT(held_out, 20);
  EXPECT_EQ(train % 3, 0);
  EXPECT_EQ(train / 3 + held_out, read_json(out_ / "card.json").at("funnel")[0].at("out")[0]);
}

}  // namespace
}  // namespace fundi::curate
