#include "evals/exact_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace fundi::evals {
namespace {

using testing::HasSubstr;

Answerer fixed(const std::vector<std::string>& answers) {
  return [answers](const std::vector<std::string>&, const std::function<void(int64_t)>& done) {
    done(static_cast<int64_t>(answers.size()));
    return answers;
  };
}

class ItemsTest : public testing::Test {
 protected:
  void write(const std::string& text) { write_file_atomic(path_, text); }
  std::string error_of(const std::string& text) {
    write(text);
    try {
      read_exact_match_items(path_, "all");
    } catch (const Error& e) {
      return e.what();
    }
    return "no error";
  }
  void TearDown() override { fs::remove(path_); }
  fs::path path_ = fs::temp_directory_path() / fmt::format("fundi-items-{}.jsonl", ::getpid());
};

TEST_F(ItemsTest, EveryShapeIsRead) {
  write(
      R"({"set":"seen","question":"maji?","answers":["water","Water"]})"
      "\n\n"
      R"({"prompt":"moto?","completion":"fire","seen":false})"
      "\n"
      R"({"messages":[{"role":"user","content":"nyumba?"},{"role":"assistant","content":"house"}]})"
      "\n");
  const auto items = read_exact_match_items(path_, "all");
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].answers.size(), 2u);
  EXPECT_EQ(items[1].set, "unseen");
  EXPECT_EQ(items[2].set, "all");
  EXPECT_EQ(items[1].answers.front(), "fire");
  EXPECT_EQ(items[2].question, "nyumba?");
  EXPECT_EQ(items[2].answers.front(), "house");
}

TEST_F(ItemsTest, BadRowsAreNamedByLine) {
  EXPECT_THAT(error_of("{\"question\":\"a\",\"answers\":[\"b\"]}\n{\"question\":\"a\"}\n"),
              HasSubstr(":2: has no 'answers'"));
  EXPECT_THAT(error_of("{\"question\":3,\"answers\":[\"b\"]}\n"), HasSubstr("must be text"));
  EXPECT_THAT(error_of("{\"question\":\"a\",\"answers\":[]}\n"), HasSubstr("has no 'answers'"));
  EXPECT_THAT(error_of("{\"question\":\"a\",\"answers\":[7]}\n"), HasSubstr("must hold text"));
  EXPECT_THAT(error_of("[3]\n"), HasSubstr(":1"));
  EXPECT_THAT(error_of("{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}\n"),
              HasSubstr("'messages'"));
  EXPECT_THAT(error_of("{\"question\": \n"), HasSubstr(":1"));
}

TEST(ExactMatch, NormalisesBeforeComparing) {
  EXPECT_EQ(normalize_answer("  water \n"), "water");
  EXPECT_EQ(normalize_answer("caf\x65\xCC\x81"), "caf\xC3\xA9");
  EXPECT_NE(normalize_answer("Water"), "water");
  EXPECT_EQ(normalize_answer(""), "");
}

TEST(ExactMatch, CountsEachSet) {
  const std::vector<ExactMatchItem> items = {{"seen", "maji", {"water"}},
                                             {"unseen", "moto", {"fire", "flame"}},
                                             {"seen", "mti", {"tree"}}};
  const auto result = exact_match(items, fixed({" water", "flame", "trees"}), {});
  ASSERT_EQ(result.sets.size(), 2u);
  EXPECT_EQ(result.sets[0].name, "seen");
  EXPECT_DOUBLE_EQ(result.sets[0].rate(), 0.5);
  EXPECT_DOUBLE_EQ(result.sets[1].rate(), 1.0);
  ASSERT_EQ(result.sets[0].wrong_samples.size(), 1u);
  EXPECT_EQ(result.sets[0].wrong_samples[0].answer, "trees");
  EXPECT_EQ(result.sets[0].wrong_samples[0].expected, "tree");
  EXPECT_EQ(result.to_json()["sets"][1]["right"], 1);
}

TEST(ExactMatch, LimitsAreRepeatableAndPerSet) {
  std::vector<ExactMatchItem> items;
  for (int i = 0; i < 100; ++i) {
    items.push_back({i % 4 == 0 ? "few" : "many", fmt::format("q{}", i), {"a"}});
  }
  std::vector<std::string> asked;
  const Answerer answerer = [&](const std::vector<std::string>& questions, const auto&) {
    asked = questions;
    return std::vector<std::string>(questions.size(), "a");
  };
  const ExactMatchOptions options{.samples = 3, .limit = 10, .seed = 7};
  const auto result = exact_match(items, answerer, options);
  const auto first = asked;
  exact_match(items, answerer, options);
  EXPECT_EQ(asked, first);
  EXPECT_EQ(result.sets[0].total, 10);
  EXPECT_EQ(result.sets[1].total, 10);
  EXPECT_EQ(result.sets[0].right_samples.size(), 3u);
  exact_match(items, answerer, {.limit = 10, .seed = 8});
  EXPECT_NE(asked, first);
}

TEST(ExactMatch, BadOptionsAndEmptyDataAreErrors) {
  EXPECT_THROW(exact_match({}, fixed({}), {}), Error);
  EXPECT_THROW(exact_match({{"s", "q", {"a"}}}, fixed({"a"}), {.max_tokens = 0}), Error);
  EXPECT_THROW(exact_match({{"s", "q", {"a"}}}, fixed({"a"}), {.concurrency = 0}), Error);
  EXPECT_THROW(exact_match({{"s", "q", {"a"}}}, fixed({}), {}), Error);
}

}  // namespace
}  // namespace fundi::evals
