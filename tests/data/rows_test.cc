#include "data/rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "data/jsonl.h"

namespace fundi::data {
namespace {

using ::testing::HasSubstr;

DictionaryEntry entry(std::string headword, std::vector<std::vector<std::string>> senses) {
  DictionaryEntry e;
  e.headword = std::move(headword);
  e.senses = std::move(senses);
  return e;
}

class RowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / fmt::format("fundi_rows_{}", ::getpid());
    fs::remove_all(dir_);
    dictionary_.info.name = "Test";
    dictionary_.info.licence = "GPL";
    dictionary_.entries = {entry("paka", {{"cat"}, {"pussy"}}), entry("mapaka", {}),
                           entry("paka", {{"apply", "cat"}}), entry("cafe\u0301", {{"caf\u00e9"}}),
                           entry("refu", {{"a long explanation of it"}, {"long"}})};
  }
  void TearDown() override { fs::remove_all(dir_); }
  RowDirection direction(RowTemplates templates) {
    return {"swh-eng", {&dictionary_}, std::move(templates)};
  }
  static RowTemplates templates() {
    return {{"{headword} = {translation}"},
            {{"What is {headword}?", "{translation}"}},
            {{"Meaning of {{{headword}}}", " {translation}."}}};
  }
  std::string error(RowTemplates templates) {
    const RowDirection d = direction(std::move(templates));
    try {
      write_rows({&d, 1}, dir_);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kInvalidArgument);
      EXPECT_FALSE(fs::exists(dir_ / "pairs.jsonl"));
      return e.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
  fs::path dir_;
  Dictionary dictionary_;
};

TEST_F(RowsTest, WritesTheFourFiles) {
  const RowDirection d = direction(templates());
  const RowCounts counts = write_rows({&d, 1}, dir_, {.max_translation_chars = 10});
  EXPECT_EQ(counts.entries, 5);
  EXPECT_EQ(counts.without_translation, 1);
  EXPECT_EQ(counts.merged, 1);
  EXPECT_EQ(counts.too_long, 1);
  EXPECT_EQ(counts.pairs, 2);
  EXPECT_EQ(counts.pretrain_rows, 2);
  EXPECT_EQ(counts.sft_rows, 2);
  EXPECT_EQ(counts.eval_seen_rows, 2);
  EXPECT_EQ(counts.eval_unseen_rows, 2);
  EXPECT_EQ(read_file(dir_ / "pretrain.jsonl"),
            "{\"text\":\"paka = cat\"}\n{\"text\":\"caf\u00e9 = caf\u00e9\"}\n");
  EXPECT_EQ(read_file(dir_ / "sft.jsonl"),
            "{\"prompt\":\"What is paka?\",\"completion\":\"cat\",\"pair\":\"swh-eng:paka\"}\n"
            "{\"prompt\":\"What is caf\u00e9?\",\"completion\":\"caf\u00e9\","
            "\"pair\":\"swh-eng:caf\u00e9\"}\n");
  const std::string eval = read_file(dir_ / "eval.jsonl");
  EXPECT_THAT(eval, HasSubstr("{\"prompt\":\"What is paka?\",\"completion\":\"cat\","
                              "\"pair\":\"swh-eng:paka\",\"seen\":true}\n"
                              "{\"prompt\":\"Meaning of {paka}\",\"completion\":\" cat.\","
                              "\"pair\":\"swh-eng:paka\",\"seen\":false}\n"));
  EXPECT_THAT(read_file(dir_ / "pairs.jsonl"),
              HasSubstr("\"headword\":\"paka\",\"translation\":\"cat\",\"part_of_speech\":\"\","
                        "\"alternatives\":[\"pussy\",\"apply\"],\"source\":\"Test\","
                        "\"licence\":\"GPL\"}"));
}

TEST_F(RowsTest, LimitsAreInCodePoints) {
  const RowDirection d = direction(templates());
  EXPECT_EQ(write_rows({&d, 1}, dir_, {.max_translation_chars = 4}).pairs, 2);  // café: 5 bytes
  EXPECT_EQ(write_rows({&d, 1}, dir_, {.max_translation_chars = 3}).pairs, 1);
}

TEST_F(RowsTest, MaxPairsSpreadsOverTheDictionary) {
  dictionary_.entries.clear();
  for (int i = 0; i < 10; ++i) dictionary_.entries.push_back(entry(fmt::format("h{}", i), {{"t"}}));
  const RowDirection d = direction({{"{headword}"}, {}, {}});
  const RowCounts counts = write_rows({&d, 1}, dir_, {.max_pairs = 3});
  EXPECT_EQ(counts.over_max_pairs, 7);
  EXPECT_EQ(read_file(dir_ / "pretrain.jsonl"),
            "{\"text\":\"h0\"}\n{\"text\":\"h3\"}\n{\"text\":\"h6\"}\n");
}

TEST_F(RowsTest, SeveralDirectionsAndDictionaries) {
  Dictionary more;
  more.entries = {entry("paka", {{"feline"}}), entry("mbwa", {{"dog"}})};
  const std::vector<RowDirection> both = {
      {"swh-eng", {&dictionary_, &more}, templates()},
      {"other", {&more}, {{"{translation}"}, {}, {}}},
  };
  const RowCounts counts = write_rows(both, dir_);
  EXPECT_EQ(counts.pairs, 4 + 2);
  const std::string text = read_file(dir_ / "pretrain.jsonl");
  EXPECT_THAT(text, HasSubstr("paka = cat"));
  EXPECT_THAT(text, HasSubstr("mbwa = dog"));
  EXPECT_TRUE(text.ends_with("{\"text\":\"feline\"}\n{\"text\":\"dog\"}\n"));
  const std::vector<RowDirection> twice = {both[0], both[0]};
  EXPECT_THROW(write_rows(twice, dir_), Error);
}

TEST_F(RowsTest, Alternatives) {
  const RowDirection d =
      direction({{"[a|b] {headword}"}, {{"[What|Which] is {headword}[?|]", "{translation}"}}, {}});
  const RowCounts counts = write_rows({&d, 1}, dir_, {.max_translation_chars = 3});
  EXPECT_EQ(counts.pairs, 1);
  EXPECT_EQ(counts.sft_rows, 4);
  EXPECT_EQ(read_file(dir_ / "pretrain.jsonl"), "{\"text\":\"a paka\"}\n{\"text\":\"b paka\"}\n");
  EXPECT_THAT(read_file(dir_ / "sft.jsonl"), HasSubstr("{\"prompt\":\"Which is paka\","));
}

TEST_F(RowsTest, WordingsAreDrawnFairlyAndOnce) {
  dictionary_.entries.clear();
  for (int i = 0; i < 300; ++i)
    dictionary_.entries.push_back(entry(fmt::format("h{}", i), {{"t"}}));
  const RowDirection d = direction(
      {{},
       {{"[a|b|c|d|e|f|g|h]{headword}", "{translation}"}, {"{headword}?", "{translation}"}},
       {}});
  const auto drawn = [&](uint64_t seed, int64_t wordings) {
    write_rows({&d, 1}, dir_, {.wordings = wordings, .seed = seed});
    return read_file(dir_ / "sft.jsonl");
  };
  const std::string text = drawn(1, 1);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 300);
  const auto simple = std::count(text.begin(), text.end(), '?');
  EXPECT_GT(simple, 100);  // a template is as likely as the other, however many alternatives
  EXPECT_LT(simple, 200);
  EXPECT_EQ(text, drawn(1, 1));
  EXPECT_NE(text, drawn(2, 1));
  const std::string all = drawn(1, 100);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 300 * 9);
  std::set<std::string> distinct;
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) distinct.insert(line);
  EXPECT_EQ(distinct.size(), 300u * 9);
}

TEST_F(RowsTest, BadTemplates) {
  EXPECT_THAT(error({{"x [{headword}"}, {}, {}}), HasSubstr("stray '['"));
  EXPECT_THAT(error({{"x [a|[b]] {headword}"}, {}, {}}), HasSubstr("stray '['"));
  EXPECT_THAT(error({{"x {headword}]"}, {}, {}}), HasSubstr("stray ']'"));
  EXPECT_THAT(error({{"[a|{headword}]"}, {}, {}}), HasSubstr("no placeholder"));
  std::string many = "{headword}";
  for (int i = 0; i < 14; ++i) many += "[a|b]";
  EXPECT_THAT(error({{many}, {}, {}}), HasSubstr("more than 10000 wordings"));
  EXPECT_THAT(error({{}, {{"[a|b] {headword}", "x"}}, {{"[b|c] {headword}", "y"}}}),
              HasSubstr("heldout[0]: \"b {headword}\" is trained on"));
  EXPECT_THAT(error({{"x {headwrod}"}, {}, {}}),
              HasSubstr("swh-eng templates: plain[0]: unknown placeholder {headwrod}, did you mean "
                        "{headword}?"));
  EXPECT_THAT(error({{}, {{"{}", "x"}}, {}}), HasSubstr("train[0].prompt: unknown placeholder {}"));
  EXPECT_THAT(error({{"x {headword"}, {}, {}}), HasSubstr("stray '{'"));
  EXPECT_THAT(error({{"x headword}"}, {}, {}}), HasSubstr("stray '}'"));
  EXPECT_THAT(error({{"always"}, {}, {}}), HasSubstr("no placeholder"));
  EXPECT_THAT(error({{}, {}, {{"{headword}", " "}}}), HasSubstr("heldout[0].completion: is empty"));
  EXPECT_THAT(error({{}, {{"{headword}", "x"}}, {{"{headword}", "y"}}}),
              HasSubstr("heldout[0]: \"{headword}\" is trained on"));
  const RowDirection d = direction(templates());
  EXPECT_THROW(write_rows({&d, 1}, dir_, {.max_translation_chars = 0}), Error);
  EXPECT_THROW(write_rows({&d, 1}, dir_, {.max_pairs = -1}), Error);
  EXPECT_THROW(write_rows({&d, 1}, dir_, {.wordings = -1}), Error);
}

}  // namespace
}  // namespace fundi::data
