#include "curate/dedup/contamination.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "base/random.h"
#include "curate/dedup/tokens.h"
#include "curate/words/simplify.h"
#include "tests/error_testing.h"

namespace fundi::curate::dedup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> split_spaces(const std::string& text) {
  std::vector<std::string> out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

TEST(Tokens, AreTheWordsOfTheSimplifiedText) {
  const std::string text =
      "  \u201CHabari, d\u00FAnia!\u201D can't (e.g. 3.14)\u2014\u00C9cole\tna\u00EFve; "
      "10,000 1.250.000,5 1.2x3.4.5 v007\u00A0km\u00B2 x_y \u0661\u0662 \U0001F600 z";
  std::vector<Token> tokens;
  tokenize(text, tokens);
  std::vector<uint64_t> hashes, expected;
  for (const Token& token : tokens) {
    hashes.push_back(token.hash);
    ASSERT_LT(token.begin, token.end);
    ASSERT_LE(token.end, text.size());
  }
  std::vector<Token> one;
  for (const std::string& word : split_spaces(simplify(text))) {
    tokenize(word, one);
    for (const Token& token : one) expected.push_back(token.hash);  // two of "km\u00B2"
  }
  EXPECT_EQ(hashes, expected);
  EXPECT_EQ(text.substr(tokens[1].begin, tokens[1].end - tokens[1].begin), "d\u00FAnia");
}

TEST(Tokens, DoNotDependOnWhatStandsAround) {
  const std::string thai =
      "\u0E2A\u0E27\u0E31\u0E2A\u0E14\u0E35\u0E0A\u0E32\u0E27\u0E42\u0E25\u0E01";
  std::vector<Token> alone, quoted;
  tokenize(thai, alone);
  tokenize("x, \"" + thai + "\"!", quoted);
  ASSERT_GT(alone.size(), 1u);  // a dictionary knows its words
  ASSERT_EQ(quoted.size(), alone.size() + 1);
  for (size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(quoted[i + 1].hash, alone[i].hash);
    EXPECT_EQ(quoted[i + 1].begin, alone[i].begin + 4);
  }
}

std::vector<ContaminationMatch> scan(const ContaminationIndex& index, std::string_view text) {
  std::vector<ContaminationMatch> matches;
  index.scan(text, matches);
  return matches;
}

const std::string kQuestion =
    "Natalia sold clips to 48 of her friends in April, and then she sold half as many clips in "
    "May.";

TEST(Contamination, FindsRunsWhateverTheirCaseAndPunctuation) {
  ContaminationIndex index({});
  EXPECT_TRUE(index.add(kQuestion, 3, 7));
  const std::string before = "Watu wengi: \u00AB", after = "\u00BB walisema.";
  const std::string quoted =
      "NATALIA sold clips to 12 of her friends; in april and  then she\nsold half as many clips in "
      "May";
  const auto matches = scan(index, before + quoted + after);
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0],
            (ContaminationMatch{{before.size(), before.size() + quoted.size()}, 3, 7, 8}));
  EXPECT_THAT(scan(index, "Natalia sold clips to 48 of her friends in April, and then"), IsEmpty());
  EXPECT_EQ(scan(index, "Natalia sold clips to 48 of her friends in April, and then she").size(),
            1u);
  EXPECT_THAT(scan(index, ""), IsEmpty());
}

TEST(Contamination, ShortTextsMatchAsAWhole) {
  ContaminationIndex index({});
  EXPECT_TRUE(index.add("Mji mkuu wa Kenya ni Nairobi", 0, 1));
  EXPECT_FALSE(index.add("Mji mkuu wa Kenya", 0, 2));
  EXPECT_FALSE(index.add("", 0, 3));
  EXPECT_THAT(scan(index, "Mji mkuu wa Kenya ni Mombasa; mji mkuu wa Kenya"), IsEmpty());
  EXPECT_THAT(scan(index, "Je, mji mkuu wa kenya ni NAIROBI?"),
              ElementsAre(ContaminationMatch{{4, 32}, 0, 1, 1}));
}

TEST(Contamination, RefusesLengthsThatMeanNothing) {
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [] { ContaminationIndex({.ngram = 4, .least_words = 5}); }),
              ::testing::HasSubstr("least_words <= ngram"));
}

TEST(Contamination, EqualsBruteForce) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Random random(seed);
    const auto draw = [&](uint64_t count) {
      std::vector<std::string> out(count);
      for (std::string& word : out) word = std::string(1, 'a' + random.below(3));
      return out;
    };
    const auto text_of = [](std::span<const std::string> words) {
      std::string out;
      for (const std::string& word : words) out += word + ", ";
      return out;
    };
    const int ngram = 3 + random.below(5);
    ContaminationIndex index({.ngram = ngram, .least_words = 3});
    std::map<std::vector<std::string>, std::pair<uint32_t, uint32_t>> runs;
    for (uint32_t row = 0; row < 6; ++row) {
      const auto words = draw(random.below(12));
      const size_t n = std::min<size_t>(words.size(), ngram);
      EXPECT_EQ(index.add(text_of(words), row % 2, row), words.size() >= 3);
      if (words.size() < 3) continue;
      for (size_t i = 0; i + n <= words.size(); ++i) {
        runs.try_emplace({words.begin() + i, words.begin() + i + n}, row % 2, row);
      }
    }
    const auto words = draw(200);
    std::map<std::pair<uint32_t, uint32_t>, uint32_t> expected, found;
    std::set<size_t> covered, expected_covered;
    for (size_t i = 0; i < words.size(); ++i) {
      for (size_t n = 3; n <= static_cast<size_t>(ngram) && i + n <= words.size(); ++n) {
        const auto run = runs.find({words.begin() + i, words.begin() + i + n});
        if (run == runs.end()) continue;
        ++expected[run->second];
        for (size_t k = i; k < i + n; ++k) expected_covered.insert(k);
      }
    }
    for (const ContaminationMatch& match : scan(index, text_of(words))) {
      found[{match.set, match.row}] += match.runs;
      EXPECT_EQ(match.range.begin % 3, 0u);
      for (size_t at = match.range.begin; at < match.range.end; at += 3) covered.insert(at / 3);
    }
    ASSERT_EQ(found, expected) << "seed " << seed;
    ASSERT_EQ(covered, expected_covered) << "seed " << seed;
  }
}

TEST(Contamination, ALargeIndexGrows) {
  ContaminationIndex index({});
  const auto word = [](uint64_t i) {  // letters only: digits are all one
    std::string out;
    for (uint64_t x = Random::mix(i + 1); x > 0; x /= 26) out += static_cast<char>('a' + x % 26);
    return out + " ";
  };
  std::string text;
  for (uint64_t i = 0; i < 20'000; ++i) text += word(i);
  index.add(text, 1, 2);
  const auto matches = scan(index, text);
  ASSERT_EQ(matches.size(), 1u);
  EXPECT_EQ(matches[0].runs, 20'000u - 12);
}

}  // namespace
}  // namespace fundi::curate::dedup
