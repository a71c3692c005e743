// Recipes from end to end: the same bytes for any threads and partitions, through kill -9, and with
// tasks that fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "curate/flow/explain.h"
#include "tests/curate/flow_testing.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string recipe_text(const fs::path& folder, const std::string& output) {
  return fmt::format(R"(
name: farm
output: {0}/{1}
task_size: 20KB
sources:
  - {{name: rows, path: rows.jsonl, licence: CC0-1.0}}
  - {{name: more, path: "more/*.txt", split: paragraph}}
steps:
  - normalise
  - length: {{min_words: 5}}
  - exact_duplicates
  - minhash: {{keep: longest, rounds: 6}}
  - redact
mix: {{validation: 0.1, seed: 7}}
write: {{shards: 2}}
)",
                     folder.string(), output);
}

class Flow : public ::testing::Test {
 protected:
  Flow() {
    scratch_.write("rows.jsonl", corpus(400) + "{\"text\": 3}\nnot json\n");
    scratch_.write("more/a.txt",
                   sentence_of(1, 60) + "\n\n" + sentence_of(9999, 40) +
                       "\n\nWrite to amina@example.org about the seeds of this year.");
    recipe_ = scratch_.write("recipe.yaml", recipe_text(scratch_.path(), "out"));
  }
  Json card(const std::string& output = "out") const {
    return read_json(scratch_.path() / output / "card.json");
  }
  TestFolder scratch_;
  fs::path recipe_;
};

TEST_F(Flow, EveryRecordIsAccountedFor) {
  const Execution execution = run_locally(recipe_, 2);
  EXPECT_THAT(execution.given_up, IsEmpty());
  const Json out = card();
  EXPECT_EQ(out.at("read").at("records"), 405);
  EXPECT_EQ(out.at("read").at("quarantined"), 2);
  int64_t left = 403;
  for (const Json& step : out.at("funnel")) {
    EXPECT_EQ(step.at("in").at(0), left) << step.at("step");
    int64_t rejected = 0;
    for (const auto& [rule, volume] : step.at("rejected").items()) {
      rejected += volume.at(0).get<int64_t>();
    }
    left = step.at("out").at(0);
    EXPECT_EQ(step.at("in").at(0).get<int64_t>() - left, rejected) << step.at("step");
  }
  EXPECT_EQ(out.at("written").at("documents"), left);
  EXPECT_GT(out.at("funnel").at(1).at("rejected").at("words").at(0), 20);
  EXPECT_GT(out.at("funnel").at(2).at("rejected").at("same_text").at(0), 30);
  EXPECT_GT(out.at("funnel").at(3).at("rejected").at("near_duplicate").at(0), 15);
  EXPECT_EQ(out.at("funnel").at(4).at("counts").at("email"), 1);
  const Json& problems = out.at("read").at("problems");
  ASSERT_EQ(problems.size(), 2u);
  for (const Json& problem : problems) {
    EXPECT_EQ(problem.at("records"), 1);
    EXPECT_THAT(problem.at("examples").at(0).at("id").get<std::string>(), HasSubstr("rows.jsonl:"));
  }
  const Json& sources = out.at("sources");
  EXPECT_EQ(sources.at(0).at("licences").at(0).at("licence"), "CC0-1.0");
  EXPECT_EQ(sources.at(0).at("licences").at(0).at("written"), sources.at(0).at("written"));
  EXPECT_EQ(sources.at(1).at("licences").at(0).at("licence"), "");
  EXPECT_THAT(dump_json(out.at("notes")), HasSubstr("more: the licence of"));
  EXPECT_FALSE(out.at("funnel").at(2).at("clusters").empty());
  EXPECT_GE(out.at("funnel").at(2).at("clusters").at(0).at("size"), 2);
  EXPECT_FALSE(out.at("funnel").at(3).at("counts").contains("_changed"));
  EXPECT_TRUE(fs::exists(scratch_.path() / "out/rejects/02-length/00000.jsonl.zst"));
}

// Text that is clean already: a filter that does nothing is worth a word, a search is not.
TEST_F(Flow, OnlyAFilterThatRemovesNothingIsCalledOut) {
  scratch_.write("eval.txt", "nothing of this stands in any of the documents that follow here");
  run_locally(recipe_, 2,
              {"steps=[{length: {max_words: 100000}}, {decontaminate: {sets: [{name: e, path: "
               "eval.txt}]}}, "
               "redact, sentence_duplicates]"});
  const std::string notes = dump_json(card().at("notes"));
  EXPECT_THAT(notes, HasSubstr("length removed none of"));
  EXPECT_THAT(notes, Not(HasSubstr("decontaminate removed")));
  EXPECT_THAT(notes, Not(HasSubstr("redact removed")));
  EXPECT_THAT(notes, Not(HasSubstr("sentence_duplicates removed")));
}

TEST_F(Flow, ATextThatAStepEmptiesIsRejectedThere) {
  scratch_.write("rows.jsonl", "{\"text\":\"abc\"}\n{\"text\":\"abd\"}\n");
  const std::vector<std::string> steps = {
      "steps=[{regex: {pattern: abc, action: replace, replacement: \" \"}}, redact]",
      "mix={validation: 0}"};
  run_locally(recipe_, 1, steps);
  const Json regex = card().at("funnel").at(0);
  EXPECT_EQ(regex.at("rejected").at("empty").at(0), 1);
  EXPECT_EQ(card().at("funnel").at(1).at("in").at(0).get<int64_t>(),
            regex.at("in").at(0).get<int64_t>() - 1);
  const Json story = explain(Plan(CurateRecipe::load(recipe_, steps)), "rows/rows.jsonl:1");
  EXPECT_EQ(story.at("reason"), "regex: empty");
}

TEST_F(Flow, ThreadsAndPartitionsDoNotChangeTheCorpus) {
  run_locally(recipe_, 1);
  const std::string one = digest_of(scratch_.path() / "out");
  fs::remove_all(scratch_.path() / "out");
  run_locally(recipe_, 3);
  EXPECT_EQ(digest_of(scratch_.path() / "out"), one);
  const std::string data = sha256_path(scratch_.path() / "out/data");
  run_locally(recipe_, 2, {"partitions=5"});
  EXPECT_EQ(sha256_path(scratch_.path() / "out/data"), data);
}

TEST_F(Flow, MemoryDoesNotChangeTheCorpus) {
  std::string text = recipe_text(scratch_.path(), "out");
  text.replace(text.find("  - redact"), 0,
               "  - sentence_duplicates: {sentences: 1, min_words: 1, min_sentences: 1}\n");
  text.replace(text.find("seed: 7"), 0, "shuffle: true, sources: {rows: {epochs: 2.5}}, ");
  scratch_.write("recipe.yaml", text);
  const fs::path out = scratch_.path() / "out";
  for (const std::string shuffle : {"mix.shuffle=true", "mix.shuffle=false"}) {
    fs::remove_all(out);
    run_locally(recipe_, 2, {shuffle});
    const std::string whole = digest_of(out);
    for (const int threads : {1, 3}) {
      fs::remove_all(out);
      EXPECT_THAT(run_locally(recipe_, threads, {shuffle}, kTinyMemory).given_up, IsEmpty());
      EXPECT_EQ(digest_of(out), whole) << shuffle;
    }
    const std::string data = sha256_path(out / "data");
    run_locally(recipe_, 2, {shuffle, "partitions=5"}, kTinyMemory);
    EXPECT_EQ(sha256_path(out / "data"), data) << shuffle;
  }
}

TEST_F(Flow, OnlyWhatIsStaleRunsAgain) {
  const Execution first = run_locally(recipe_, 2);
  EXPECT_EQ(first.cached, 0);
  EXPECT_EQ(run_locally(recipe_, 2).cached, first.tasks);
  const Execution reseeded = run_locally(recipe_, 2, {"mix.seed=8"});
  EXPECT_GT(reseeded.cached, 0);
  EXPECT_LT(reseeded.cached, first.tasks);
  scratch_.write("more/a.txt", "Something else altogether stands here now, in quite a few words.");
  const Plan plan(CurateRecipe::load(recipe_));
  EXPECT_TRUE(plan.is_done(0, 0));
  EXPECT_FALSE(plan.is_done(0, plan.stage(0).tasks() - 1));
}

TEST_F(Flow, AShorterRecipeLeavesNothingOfTheLongerOne) {
  run_locally(recipe_, 2, {"task_size=1MB"});
  const std::string whole = digest_of(scratch_.path() / "out");
  fs::remove_all(scratch_.path() / "out");
  run_locally(recipe_, 2, {"task_size=3KB", "partitions=3"});
  run_locally(recipe_, 2, {"task_size=1MB"});
  EXPECT_EQ(digest_of(scratch_.path() / "out"), whole);
  const Plan plan(CurateRecipe::load(recipe_, {"task_size=1MB"}));
  EXPECT_FALSE(fs::exists(plan.folder(0, plan.stage(0).tasks())));
}

TEST_F(Flow, KilledAtAnyMomentItGoesOnToTheSameBytes) {
  run_locally(recipe_, 2);
  const std::string whole = digest_of(scratch_.path() / "out");
  fs::remove_all(scratch_.path() / "out");
  run_killed(recipe_, 10);
  run_locally(recipe_, 2);
  EXPECT_EQ(digest_of(scratch_.path() / "out"), whole);
}

TEST_F(Flow, ATaskThatFailsThriceIsGivenUpAndDoneByTheNextRun) {
  run_locally(recipe_, 2);
  const std::string whole = digest_of(scratch_.path() / "out");
  fs::remove_all(scratch_.path() / "out");
  // A file where a task wants its folder's parent.
  const Plan plan(CurateRecipe::load(recipe_));
  const fs::path blocked = plan.folder(plan.find("exact_duplicates-find"));
  write_file_atomic(blocked, "in the way");
  const Execution execution = run_locally(recipe_, 2);
  ASSERT_EQ(execution.given_up.size(), 1u);
  EXPECT_EQ(execution.given_up[0].task, "exact_duplicates-find/0");
  EXPECT_THAT(execution.given_up[0].log, HasSubstr("attempt 3"));
  EXPECT_GT(card().at("written").at("documents"), 300);  // with its duplicates
  EXPECT_THAT(dump_json(card().at("notes")), HasSubstr("given up"));
  fs::remove(blocked);
  EXPECT_THAT(run_locally(recipe_, 2).given_up, IsEmpty());
  EXPECT_EQ(digest_of(scratch_.path() / "out"), whole);
}

TEST_F(Flow, ATaskThatWasGivenUpSpoilsNoOtherOfItsStage) {
  const Plan plan(CurateRecipe::load(recipe_));
  const size_t read = plan.find("read"), tasks = plan.stage(read).tasks();
  ASSERT_GT(tasks, 1u);
  give_up(plan, read, tasks - 1, "killed");
  run_locally(recipe_, 1);
  const Execution again = run_locally(recipe_, 1);
  EXPECT_EQ(again.cached, again.tasks);
}

TEST_F(Flow, ASampleReadsAFewOfEachShard) {
  const Plan plan(CurateRecipe::load(recipe_, {}, 20));
  EXPECT_EQ(plan.recipe().output, scratch_.path() / "out/sample");
  for (const Executor& executor : executors()) {
    if (executor.name == "local") executor.run(plan, {.threads = 2, .memory = 1'000'000'000});
  }
  const int64_t records = card("out/sample").at("read").at("records");
  EXPECT_GT(records, 5);
  EXPECT_LT(records, 50);
}

TEST_F(Flow, EachDocumentHasAStory) {
  // In one piece, records are named by their lines.
  run_locally(recipe_, 2, {"task_size=1MB"});
  const Plan plan(CurateRecipe::load(recipe_, {"task_size=1MB"}));
  std::map<std::string, int64_t> ends;
  std::map<std::string, int64_t> reasons;
  for (int line = 1; line <= 402; ++line) {
    const Json story = explain(plan, fmt::format("rows/rows.jsonl:{}", line));
    ++ends[story.at("end")];
    ++reasons[story.at("reason")];
  }
  const Json out = card();
  const auto removed = [&](size_t step) {
    return out.at("funnel").at(step).at("in").at(0).get<int64_t>() -
           out.at("funnel").at(step).at("out").at(0).get<int64_t>();
  };
  EXPECT_EQ(ends["quarantined"], 2);
  EXPECT_EQ(reasons["length: words"], removed(1));
  EXPECT_EQ(reasons["exact_duplicates: same_text"] + reasons["minhash: near_duplicate"],
            removed(2) + removed(3) - 1);  // one of them is in the other source
  EXPECT_EQ(ends["written"], out.at("written").at("documents").get<int64_t>() - 2);
  EXPECT_EQ(explain(plan, "more/a.txt:3").at("end"), "written");
  EXPECT_EQ(explain(plan, "more/a.txt:1").at("steps").back().at("value"), "rows/rows.jsonl:11");
  const auto missing = [&](const char* id) {
    return message_of(ErrorCode::kNotFound, [&] { explain(plan, id); });
  };
  EXPECT_THAT(missing("more/a.txt:77"), HasSubstr("no such record"));
  EXPECT_THAT(missing("elsewhere/x:1"), HasSubstr("the first is 'rows/rows.jsonl:1'"));
}

TEST_F(Flow, MistakesInRecipesAreNamed) {
  const auto message = [&](const std::string& from, const std::string& to,
                           ErrorCode code = ErrorCode::kInvalidArgument) {
    std::string text = recipe_text(scratch_.path(), "bad");
    text.replace(text.find(from), from.size(), to);
    const fs::path path = scratch_.write("bad.yaml", text);
    return message_of(code, [&] { Plan(CurateRecipe::load(path)); });
  };
  EXPECT_THAT(message("- redact", "- redackt"), HasSubstr("did you mean 'redact'"));
  EXPECT_THAT(message("min_words: 5", "min_wrods: 5"), HasSubstr("did you mean 'min_words'"));
  EXPECT_THAT(message("rows.jsonl", "rowz.jsonl", ErrorCode::kNotFound),
              HasSubstr("rowz.jsonl: no such file"));
  EXPECT_THAT(message("licence: CC0", "licence: CC0, txet: a, x: CC0"), HasSubstr("txet"));
  EXPECT_THAT(message("20KB", "20 parrots"), HasSubstr("no number of bytes"));
  EXPECT_THAT(message("validation: 0.1", "validation: 1.5"), HasSubstr("validation"));
  EXPECT_THAT(message("keep: longest", "keep: longst"), HasSubstr("did you mean 'longest'"));
  EXPECT_THAT(message("keep: longest", "keep: source_priority, priority: [rows, mroe]"),
              HasSubstr("no source 'mroe'; did you mean 'more'"));
  EXPECT_THAT(message("seed: 7", "total: 1M tokens"), HasSubstr("set write.tokenizer"));
  EXPECT_THAT(message("seed: 7", "sources: {rows: {weight: -1}, more: {weight: 1}}"),
              HasSubstr("weight: must be 0 or more"));
  EXPECT_THAT(message("seed: 7", "temperature: .nan"), HasSubstr("temperature"));
  EXPECT_THAT(message("shards: 2", "shard_size: 0"), HasSubstr("no number of bytes"));
  EXPECT_THAT(message("shards: 2", "shard_size: 10"), HasSubstr("at least 1.0 kB"));
  EXPECT_THAT(message("name: farm", "name: ../farm"), HasSubstr("no name for a folder"));
  EXPECT_THAT(message("name: farm", "extract: {timeout: -1}"), HasSubstr("above 0 seconds"));
}

}  // namespace
}  // namespace fundi::curate
