#include "curate/dedup/substrings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "curate/dedup/components.h"
#include "curate/dedup/record_sort.h"
#include "tests/curate/dedup/substrings_testing.h"
#include "tests/error_testing.h"

namespace fundi::curate::dedup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename R>
auto source_of(std::vector<R>& records) {
  sort_records(records);
  return [&records, at = size_t{0}](R& record) mutable {
    return at < records.size() && (record = records[at++], true);
  };
}

// The passes over texts and shuffles, with `partitions` partitions; `compared` counts windows.
Ranges by_anchors(std::span<const std::string> texts, size_t length, uint32_t partitions,
                  size_t* compared = nullptr) {
  std::vector<std::vector<Anchor>> found(partitions);
  std::vector<std::vector<Mark>> marks(texts.size());
  std::vector<std::vector<WindowHash>> hashes(partitions);
  const auto keep = [&](const Mark& mark) { marks[mark.ordinal].push_back(mark); };
  for (size_t t = 0; t < texts.size(); ++t) {
    std::vector<Anchor> all;
    anchors(texts[t], t, length, all);
    for (const Anchor& anchor : all) found[partition_of(anchor.hash, partitions)].push_back(anchor);
  }
  for (std::vector<Anchor>& part : found) mark_anchors(source_of(part), length, keep);
  for (size_t t = 0; t < texts.size(); ++t) {
    std::vector<uint64_t> compare;
    for (const Mark& mark : marks[t]) {
      if (mark.kind == MarkKind::kCompare) compare.push_back(mark.at);
    }
    std::sort(compare.begin(), compare.end());
    std::vector<WindowHash> all;
    windows(texts[t], t, length, compare, all);
    if (compared != nullptr) *compared += all.size();
    for (const WindowHash& window : all) {
      hashes[partition_of(window.high, partitions)].push_back(window);
    }
  }
  for (std::vector<WindowHash>& part : hashes) mark_windows(source_of(part), length, keep);
  Ranges ranges;
  for (size_t t = 0; t < texts.size(); ++t) {
    ranges.push_back(marked_ranges(texts[t], length, marks[t]));
  }
  return ranges;
}

TEST(Substrings, EqualBruteForce) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    for (const int letters : {2, 26}) {
      const std::vector<std::string> texts = draw_texts(seed, letters);
      for (const size_t length : {16, 33, 50}) {
        const Ranges expected = by_brute_force(texts, length);
        for (const uint32_t partitions : {1, 5}) {
          ASSERT_EQ(by_anchors(texts, length, partitions), expected)
              << "seed " << seed << ", length " << length;
        }
      }
    }
  }
}

TEST(Substrings, TheFirstOccurrenceStays) {
  const std::string passage =
      "Bei ya mahindi imepanda katika masoko ya Nairobi na Mombasa wiki hii.";
  const std::vector<std::string> texts = {"Moja. " + passage, "Mbili! " + passage + " Tatu?",
                                          passage};
  const size_t n = passage.size();
  EXPECT_THAT(by_anchors(texts, 50, 2), ElementsAre(IsEmpty(), ElementsAre(TextRange{6, 7 + n}),
                                                    ElementsAre(TextRange{0, n})));
  EXPECT_THAT(by_anchors(texts, n + 2, 2), ElementsAre(IsEmpty(), IsEmpty(), IsEmpty()));
}

TEST(Substrings, OfATextThatRepeatsItselfTheBeginningStays) {
  const std::vector<std::string> texts = {std::string(1000, '-')};
  EXPECT_THAT(by_anchors(texts, 100, 3), ElementsAre(ElementsAre(TextRange{100, 1000})));
}

TEST(Substrings, WholeCopiesNeedNoWindows) {
  Random random(5);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>('a' + random.below(26));
  const std::vector<std::string> texts = {text, text, text};
  size_t compared = 0;
  EXPECT_THAT(
      by_anchors(texts, 100, 4, &compared),
      ElementsAre(IsEmpty(), ElementsAre(TextRange{0, 5000}), ElementsAre(TextRange{0, 5000})));
  EXPECT_EQ(compared, 0u);
}

TEST(Substrings, NothingGivesNothing) {
  EXPECT_THAT(by_anchors({}, 100, 1), IsEmpty());
  const std::vector<std::string> texts = {"", "short", ""};
  EXPECT_THAT(by_anchors(texts, 100, 1), ElementsAre(IsEmpty(), IsEmpty(), IsEmpty()));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [] {
                           std::vector<Anchor> none;
                           anchors("text", 0, 15, none);
                         }),
              ::testing::HasSubstr("at least 16 bytes, not 15"));
}

TEST(Remains, KnowWhereTheyStood) {
  Document document;
  document.messages = {{"user", "0123456789", {}}, {"assistant", "abcdefghij", {}}};
  document.text = join(document.messages);
  Remains remains(document);
  EXPECT_THAT(remains.joins(4), IsEmpty());
  remains.cut({{2, 4}});
  EXPECT_EQ(remains.text(), "01456789\n\nabcdefghij");
  remains.cut({{1, 3}, {6, 12}});  // across the cut before and the end of the message
  EXPECT_EQ(remains.text(), "0567\n\ncdefghij");
  EXPECT_THAT(remains.removed(), ElementsAre(TextRange{1, 5}, TextRange{8, 10}, TextRange{12, 14}));
  EXPECT_EQ(remains.place(0), 0u);
  EXPECT_EQ(remains.place(1), 5u);
  EXPECT_EQ(remains.place(6), 14u);
  EXPECT_THAT(remains.joins(3), ElementsAre(TextRange{0, 8}));
  EXPECT_THAT(remains.joins(2), ElementsAre(TextRange{0, 2}, TextRange{3, 7}));
  Subject subject(document);
  EXPECT_TRUE(cut(subject, remains.removed()));
  EXPECT_EQ(subject.text(), remains.text());
}

TEST(Remains, EmptyMessagesStandNowhere) {
  Document document;
  for (const char* content : {"", "0123456789", "", "", "\u00E9bcdefghij", ""}) {
    document.messages.push_back({"user", content, {}});
  }
  document.text = join(document.messages);
  ASSERT_EQ(document.text, "0123456789\n\n\u00E9bcdefghij");
  Remains remains(document);
  remains.cut({{8, 14}, {22, 23}});  // to the end of a character, and the last
  EXPECT_EQ(remains.text(), "01234567\n\nbcdefghi");
  EXPECT_THAT(remains.removed(),
              ElementsAre(TextRange{8, 10}, TextRange{12, 14}, TextRange{22, 23}));
  Subject subject(document);
  EXPECT_TRUE(cut(subject, remains.removed()));
  EXPECT_EQ(subject.text(), remains.text());
}

TEST(Cut, KeepsCharactersWhole) {
  const std::string text = "a\u00E9\u20AC\U0001F600z";  // 1 2 3 4 1 bytes
  std::vector<TextRange> ranges = {{0, 4}, {2, 5}, {5, 9}, {6, 9}, {6, 10}, {10, 99}};
  narrow_to_characters(text, ranges);
  EXPECT_THAT(ranges, ElementsAre(TextRange{0, 3}, TextRange{6, 10}, TextRange{10, 11}));
}

TEST(Cut, MergesRanges) {
  std::vector<TextRange> ranges = {{5, 7}, {1, 2}, {7, 9}, {3, 3}, {1, 4}, {20, 19}};
  merge_ranges(ranges);
  EXPECT_THAT(ranges, ElementsAre(TextRange{1, 4}, TextRange{5, 9}));
  EXPECT_EQ(without("0123456789", ranges), "049");
}

TEST(Cut, ReachesIntoTheMessagesOfAConversation) {
  Document document;
  document.messages = {{"user", "Habari za leo?", {}}, {"assistant", "Nzuri sana.", {}}};
  document.text = join(document.messages);
  ASSERT_EQ(document.text, "Habari za leo?\n\nNzuri sana.");
  Subject subject(document);
  EXPECT_TRUE(cut(subject, {{6, 21}}));
  EXPECT_EQ(subject.document().messages[0].content, "Habari");
  EXPECT_EQ(subject.document().messages[1].content, " sana.");
  EXPECT_EQ(subject.text(), "Habari\n\n sana.");
  EXPECT_FALSE(cut(subject, {}));
}

// Which messages are empty, wherever they stand, makes no difference to where the others are cut.
TEST(Cut, PassesOverEmptyMessages) {
  const std::vector<std::string> contents = {"Habari \u00E9\u00E9?", "", "Nzuri \u20AC sana.",
                                             "Ndiyo."};
  for (unsigned empty = 0; empty < 16; ++empty) {
    Document document;
    std::vector<std::string> expected;
    std::vector<TextRange> ranges;
    for (size_t i = 0; i < contents.size(); ++i) {
      std::string content = (empty >> i & 1) ? "" : contents[i];
      document.messages.push_back({"user", content, {}});
      const uint64_t begin = message_begins(document.messages).back();
      if (!content.empty()) ranges.push_back({begin + 1, begin + 4});
      expected.push_back(content.empty() ? "" : content.erase(1, 3));
    }
    document.text = join(document.messages);
    Subject subject(document);
    EXPECT_EQ(cut(subject, ranges), !ranges.empty());
    for (size_t i = 0; i < contents.size(); ++i) {
      EXPECT_EQ(subject.document().messages[i].content, expected[i]) << empty << " " << i;
      const uint64_t begin = message_begins(document.messages)[i];
      EXPECT_EQ(document.text.substr(begin, document.messages[i].content.size()),
                document.messages[i].content);
    }
  }
}

}  // namespace
}  // namespace fundi::curate::dedup
