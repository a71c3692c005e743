#include "curate/dedup/sentence_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "base/random.h"
#include "curate/dedup/record_sort.h"
#include "curate/words/sentences.h"
#include "curate/words/simplify.h"

namespace fundi::curate::dedup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::vector<uint64_t>> repeated_starts(const std::vector<std::string>& texts, int n) {
  std::vector<SentenceSpan> spans;
  std::vector<std::string_view> sentences;
  for (size_t t = 0; t < texts.size(); ++t) {
    split_sentences(texts[t], sentences);
    sentence_spans(sentences, t, n, spans);
  }
  sort_records(spans);
  std::vector<SentenceSpan> repeated;
  repeated_spans(
      [&, at = size_t{0}](SentenceSpan& span) mutable {
        return at < spans.size() && (span = spans[at++], true);
      },
      [&](const SentenceSpan& span) { repeated.push_back(span); });
  std::vector<std::vector<uint64_t>> starts(texts.size());
  for (const SentenceSpan& span : repeated) starts[span.ordinal].push_back(span.sentence);
  for (auto& list : starts) std::sort(list.begin(), list.end());
  return starts;
}

std::string cut_text(const std::string& text, const std::vector<uint64_t>& starts, int n) {
  std::vector<std::string_view> sentences;
  split_sentences(text, sentences);
  return without(text, span_ranges(text, sentences, starts, n));
}

TEST(SentenceSpans, AllButTheFirstGoWithTheSpaceBeforeThem) {
  const std::vector<std::string> texts = {"A one. B two. C three. D four.",
                                          "X nine. A ONE! B, two. C three? Y ten.",
                                          "B two. C three. D four. E five."};
  const auto starts = repeated_starts(texts, 3);
  EXPECT_THAT(starts, ElementsAre(IsEmpty(), ElementsAre(1u), ElementsAre(0u)));
  EXPECT_EQ(cut_text(texts[1], starts[1], 3), "X nine. Y ten.");
  EXPECT_EQ(cut_text(texts[2], starts[2], 3), " E five.");
}

TEST(SentenceSpans, WindowsWithoutAWordAreNone) {
  std::vector<SentenceSpan> spans;
  const std::vector<std::string_view> sentences = {"...", "!", "--", "Habari."};
  sentence_spans(sentences, 4, 3, spans);
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].ordinal, 4u);
  EXPECT_EQ(spans[0].sentence, 1u);
  spans.clear();
  sentence_spans(std::span(sentences).first(2), 4, 3, spans);
  EXPECT_THAT(spans, IsEmpty());
}

// datatrove's rules, sentence by sentence.
TEST(SentenceSpans, EqualBruteForce) {
  size_t went = 0;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    std::vector<std::string> texts(1 + random.below(8));
    for (std::string& text : texts) {
      for (uint64_t n = random.below(14); n > 0; --n) {
        text += "Sentensi ya " + std::string(1, 'a' + random.below(3)) + ".\n";
      }
    }
    const int n = 1 + random.below(4);
    const auto starts = repeated_starts(texts, n);
    std::set<std::vector<std::string>> seen;
    std::vector<std::string_view> sentences;
    for (size_t t = 0; t < texts.size(); ++t) {
      split_sentences(texts[t], sentences);
      std::vector<bool> gone(sentences.size());
      for (size_t i = 0; i + n <= sentences.size(); ++i) {
        std::vector<std::string> window;
        for (int k = 0; k < n; ++k) window.push_back(simplify(sentences[i + k]));
        if (seen.insert(window).second) continue;
        for (int k = 0; k < n; ++k) gone[i + k] = true;
      }
      std::vector<std::string_view> left;
      const std::string cut = cut_text(texts[t], starts[t], n);
      split_sentences(cut, left);
      std::vector<std::string_view> expected;
      for (size_t i = 0; i < gone.size(); ++i) {
        if (!gone[i]) expected.push_back(sentences[i]);
      }
      went += sentences.size() - expected.size();
      ASSERT_EQ(left, expected) << "seed " << seed << ", text " << t;
    }
  }
  EXPECT_GT(went, 500u);
}

std::string words(int n, const std::string& word) {
  std::string out;
  for (int i = 0; i < n; ++i) out += (i ? " " : "") + word;
  return out + ". ";
}

TEST(SentenceSpans, WhatIsLeftIsJudged) {
  const auto judged = [](const std::string& text, std::vector<uint64_t> starts) {
    Document document;
    document.text = text;
    Subject subject(document);
    StepFigures figures;
    Judge judge(kLeftRules, figures);
    cut_spans(subject, starts, {}, judge);
    return std::tuple(judge.rejection() ? judge.rejection()->rule : "",
                      figures.counts["sentences_cut"], std::string(subject.text()));
  };
  const std::string three = words(20, "Aaa") + words(20, "Bbb") + words(20, "Ccc");
  const std::string gone = "D moja. E mbili. F tatu. ";
  const auto [kept, cut, left] = judged(gone + three, {0});
  EXPECT_EQ(kept, "");
  EXPECT_EQ(cut, 3);
  EXPECT_EQ(left, three);  // the white space that came first is gone, too
  EXPECT_EQ(std::get<0>(judged(gone + words(60, "Aaa") + words(9, "Bbb"), {0})), "sentences_left");
  EXPECT_EQ(std::get<0>(judged(gone + words(9, "Aaa") + words(9, "Bbb") + words(9, "Ccc"), {0})),
            "words_left");
  EXPECT_EQ(std::get<0>(judged(gone, {0})), "words_left");
  EXPECT_EQ(std::get<0>(judged(gone, {})), "");  // too short, but nothing was cut
}

}  // namespace
}  // namespace fundi::curate::dedup
