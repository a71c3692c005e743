#include "curate/dedup/substrings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/random.h"
#include "curate/dedup/components.h"
#include "curate/dedup/record_sort.h"
#include "tests/error_testing.h"

namespace fundi::curate::dedup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Ranges = std::vector<std::vector<TextRange>>;

// As the header defines it, window by window.
Ranges by_brute_force(std::span<const std::string_view> texts, size_t length) {
  std::map<std::string_view, std::pair<size_t, size_t>> first;
  Ranges ranges(texts.size());
  for (size_t t = 0; t < texts.size(); ++t) {
    for (size_t i = 0; i + length <= texts[t].size(); ++i) {
      const auto [at, fresh] = first.try_emplace(texts[t].substr(i, length), t, i);
      const auto [where, offset] = at->second;
      if (!fresh && (where < t || i >= offset + length)) ranges[t].push_back({i, i + length});
    }
    merge_ranges(ranges[t]);
  }
  return ranges;
}

template <typename R>
auto source_of(std::vector<R>& records) {
  sort_records(records);
  return [&records, at = size_t{0}](R& record) mutable {
    return at < records.size() && (record = records[at++], true);
  };
}

// The passes over texts and shuffles, with `partitions` partitions; `windows` counts those
// compared.
Ranges by_anchors(std::span<const std::string_view> texts, size_t length, uint32_t partitions,
                  size_t* windows = nullptr) {
  std::vector<std::vector<Anchor>> found(partitions);
  std::vector<std::vector<AnchorMark>> marks(texts.size());
  std::vector<std::vector<WindowHash>> hashes(partitions);
  std::vector<std::vector<WindowMark>> repeated(texts.size());
  for (size_t t = 0; t < texts.size(); ++t) {
    std::vector<Anchor> all;
    anchors(texts[t], t, length, all);
    for (const Anchor& anchor : all) found[partition_of(anchor.hash, partitions)].push_back(anchor);
  }
  for (std::vector<Anchor>& part : found) {
    mark_anchors(source_of(part), length,
                 [&](const AnchorMark& mark) { marks[mark.ordinal].push_back(mark); });
  }
  for (size_t t = 0; t < texts.size(); ++t) {
    sort_records(marks[t]);
    std::vector<WindowHash> all;
    anchor_windows(texts[t], t, length, marks[t], all);
    if (windows != nullptr) *windows += all.size();
    for (const WindowHash& window : all) {
      hashes[partition_of(window.high, partitions)].push_back(window);
    }
  }
  for (std::vector<WindowHash>& part : hashes) {
    mark_windows(source_of(part), length,
                 [&](const WindowMark& mark) { repeated[mark.ordinal].push_back(mark); });
  }
  Ranges ranges;
  for (size_t t = 0; t < texts.size(); ++t) {
    ranges.push_back(marked_ranges(texts[t], length, marks[t], repeated[t]));
  }
  return ranges;
}

// Texts that quote one another and themselves, from an alphabet of `letters` letters.
std::vector<std::string> draw_texts(uint64_t seed, int letters) {
  Random random(seed, letters);
  std::vector<std::string> texts(1 + random.below(12));
  std::string all;
  for (std::string& text : texts) {
    for (uint64_t pieces = random.below(6); pieces > 0; --pieces) {
      const uint64_t size = random.below(120);
      if (random.below(2) && !all.empty()) {
        text += all.substr(random.below(all.size()), size);
      } else if (random.below(4) == 0) {
        text += std::string(size, '-');
      } else if (random.below(4) == 0) {
        for (uint64_t i = 0; i < size; ++i) text += "abcabd"[i % (2 + seed % 5)];
      } else {
        for (uint64_t i = 0; i < size; ++i) text += static_cast<char>('a' + random.below(letters));
      }
      all += text;
    }
  }
  return texts;
}

TEST(Substrings, BothWaysEqualBruteForce) {
  for (uint64_t seed = 0; seed < 400; ++seed) {
    for (const int letters : {2, 26}) {
      const std::vector<std::string> owned = draw_texts(seed, letters);
      const std::vector<std::string_view> texts(owned.begin(), owned.end());
      for (const size_t length : {16, 33, 50}) {
        const Ranges expected = by_brute_force(texts, length);
        ASSERT_EQ(repeated_in_memory(texts, length), expected) << "seed " << seed;
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
  const std::string a = "Moja. " + passage, b = "Mbili! " + passage + " Tatu?";
  const std::vector<std::string_view> texts = {a, b, passage};
  const size_t n = passage.size();
  EXPECT_THAT(
      repeated_in_memory(texts, 50),
      ElementsAre(IsEmpty(), ElementsAre(TextRange{6, 7 + n}), ElementsAre(TextRange{0, n})));
  EXPECT_THAT(repeated_in_memory(texts, n + 2), ElementsAre(IsEmpty(), IsEmpty(), IsEmpty()));
}

TEST(Substrings, OfATextThatRepeatsItselfTheBeginningStays) {
  const std::string dashes(1000, '-');
  const std::vector<std::string_view> texts = {dashes};
  EXPECT_THAT(repeated_in_memory(texts, 100), ElementsAre(ElementsAre(TextRange{100, 1000})));
  EXPECT_EQ(by_anchors(texts, 100, 3), repeated_in_memory(texts, 100));
}

TEST(Substrings, WholeCopiesNeedNoWindows) {
  Random random(5);
  std::string text;
  for (int i = 0; i < 5000; ++i) text += static_cast<char>('a' + random.below(26));
  const std::vector<std::string_view> texts = {text, text, text};
  size_t windows = 0;
  EXPECT_THAT(
      by_anchors(texts, 100, 4, &windows),
      ElementsAre(IsEmpty(), ElementsAre(TextRange{0, 5000}), ElementsAre(TextRange{0, 5000})));
  EXPECT_EQ(windows, 0u);
}

TEST(Substrings, NothingGivesNothing) {
  EXPECT_THAT(repeated_in_memory({}, 100), IsEmpty());
  const std::vector<std::string_view> texts = {"", "short", ""};
  EXPECT_THAT(repeated_in_memory(texts, 100), ElementsAre(IsEmpty(), IsEmpty(), IsEmpty()));
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [] {
                           std::vector<Anchor> none;
                           anchors("text", 0, 15, none);
                         }),
              ::testing::HasSubstr("at least 16 bytes, not 15"));
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

}  // namespace
}  // namespace fundi::curate::dedup
