// The step `substring_duplicates` from end to end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "curate/flow/explain.h"
#include "tests/curate/dedup/substrings_testing.h"
#include "tests/curate/groups/groups_testing.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;

std::string step(size_t length, int rounds = 3) {
  return fmt::format(
      "[{{substring_duplicates: {{length: {}, rounds: {}, min_words: 0, min_sentences: 0}}}}]",
      length, rounds);
}

// What stays of texts: cut round by round until nothing is repeated.
std::vector<std::string> cut_by_brute_force(std::vector<std::string> texts, size_t length) {
  for (bool changed = true; changed;) {
    const dedup::Ranges ranges = dedup::by_brute_force(texts, length);
    changed = false;
    for (size_t t = 0; t < texts.size(); ++t) {
      texts[t] = dedup::without(texts[t], ranges[t]);
      changed |= !ranges[t].empty();
    }
  }
  return texts;
}

TEST(SubstringDuplicates, EqualBruteForceAndASecondRunRemovesNothing) {
  const GroupRun curate;
  int cut = 0, joined = 0;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    std::vector<std::string> texts;
    for (uint64_t i = 0; i < 4; ++i) {
      // Texts end in what no other has, so that none is left empty.
      for (std::string& text : dedup::draw_texts(seed + 100 * i, seed % 3 ? 26 : 2)) {
        texts.push_back(text + fmt::format(" Mwisho {}.", texts.size()));
      }
    }
    const size_t length = seed % 2 ? 20 : 33;
    const std::vector<std::string> expected = cut_by_brute_force(texts, length);
    const auto written =
        curate.run(rows_of(texts), step(length, 8), 2, 1 + static_cast<int>(seed % 4), "3KB");
    ASSERT_EQ(written.size(), texts.size());
    std::vector<std::string> left;
    for (const auto& [row, record] : written) left.push_back(record.bytes);
    ASSERT_EQ(left, expected) << "seed " << seed;
    for (const auto& [row, record] : curate.run(rows_of(left), step(length, 8))) {
      ASSERT_EQ(record.bytes, left[row]);
    }
    cut += left != texts;
    const auto once = curate.run(rows_of(texts), step(length, 1));
    for (size_t t = 0; t < left.size(); ++t) joined += once.at(t).bytes != left[t];
  }
  EXPECT_GT(cut, 3);
  EXPECT_GT(joined, 0);  // cuts made new repetitions
}

// Passages that stand in several texts between words that do not.
std::vector<std::string> quoting_texts() {
  std::vector<std::string> texts;
  for (uint64_t i = 0; i < 120; ++i) {
    std::string text = sentence_of(2 * i + 1, 12);
    if (i % 3 > 0) text += fmt::format(" {}", sentence_of(10'000 + i % 7, 20));
    text += fmt::format(" {}", sentence_of(20'001 + i, 15));
    if (i % 4 == 3) text += fmt::format(" {}", sentence_of(30'000 + i % 5, 30));
    texts.push_back(text);
  }
  return texts;
}

TEST(SubstringDuplicates, TheSameForAnyThreadsPartitionsAndThroughKills) {
  const GroupRun curate;
  curate.run(rows_of(quoting_texts()), step(60), 1);
  const std::string whole = digest_of(curate.output());
  const std::string data = sha256_path(curate.output() / "data");
  EXPECT_GT(curate.funnel().at(0).at("counts").at("bytes_cut"), 5000);
  fs::remove_all(curate.output());
  run_killed(curate.recipe(), 5);
  run_locally(curate.recipe(), 3);
  EXPECT_EQ(digest_of(curate.output()), whole);
  run_locally(curate.recipe(), 2, {"partitions=1"});
  EXPECT_EQ(sha256_path(curate.output() / "data"), data);
}

TEST(SubstringDuplicates, ShortRemainsAreTurnedAwayAndTheStorySaysSo) {
  const GroupRun curate;
  const std::string passage = sentence_of(5, 40);
  const auto written = curate.run(
      rows_of({passage, "Habari. " + passage, "Mengine kabisa hapa."}),
      "[{substring_duplicates: {length: 100, min_words: 5, min_sentences: 1}}]", 2, 3, "1MB");
  ASSERT_EQ(written.size(), 2u);  // the third was not cut
  EXPECT_EQ(written.at(0).bytes, passage);
  const Plan plan(CurateRecipe::load(curate.recipe()));
  const Json story = explain(plan, "rows/rows.jsonl:1");
  EXPECT_EQ(story.at("reason"), "substring_duplicates: words_left");
  EXPECT_EQ(story.at("steps").at(0).at("counts").at("bytes_cut"), passage.size());
}

TEST(SubstringDuplicates, OfConversationsMessagesAreCut) {
  const GroupRun curate;
  const std::string system = sentence_of(6, 30);
  const auto chat = [&](const std::string& question, const std::string& answer) {
    Json messages = Json::array();
    messages.push_back({{"role", "system"}, {"content", system}});
    messages.push_back({{"role", "user"}, {"content", question}});
    messages.push_back({{"role", "assistant"}, {"content", answer}});
    return Json{{"messages", std::move(messages)}};
  };
  const std::string answer = sentence_of(8, 30);
  const auto written = curate.run(
      {chat("Swali la kwanza?", "Kwanza. " + answer), chat("Swali la pili?", answer + " Pili.")},
      step(100));
  const std::vector<Message>& first = written.at(0).messages.value();
  const std::vector<Message>& second = written.at(1).messages.value();
  EXPECT_EQ(first[2].content, "Kwanza. " + answer);
  ASSERT_EQ(second.size(), 3u);
  EXPECT_EQ(second[0].content, "");  // with the "Swali la " that stands after it in both
  EXPECT_EQ(second[1].content, "pili?");
  EXPECT_EQ(second[2].content, " Pili.");
}

TEST(SubstringDuplicates, RefusesWhatMeansNothing) {
  const GroupRun curate;
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { curate.run({}, step(15)); }),
              HasSubstr("length: must be at least 16, not 15"));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { curate.run({}, step(16, 0)); }),
              HasSubstr("rounds: must be from 1 to 99, not 0"));
}

}  // namespace
}  // namespace fundi::curate
