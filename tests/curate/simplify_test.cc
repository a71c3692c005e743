#include "curate/words/simplify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <random>
#include <set>
#include <string>

#include "base/files.h"
#include "base/text.h"
#include "curate/words/words.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

using ::testing::ElementsAre;

bool is_digit(char32_t c) { return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_ND_MASK) != 0; }

// datatrove's \p{Nd}+([.,\u060C\u066B\u2396\u2397\u2398]\p{Nd}+)? becomes 0.
std::string with_plain_numbers(std::string_view text) {
  std::u32string in, out;
  text::for_each_character(text, [&](char32_t c, std::string_view) { in += c; });
  const auto digits_end = [&](size_t at) {
    while (at < in.size() && is_digit(in[at])) ++at;
    return at;
  };
  for (size_t at = 0; at < in.size();) {
    size_t end = digits_end(at);
    if (end == at) {
      out += in[at++];
      continue;
    }
    const bool mark =
        end < in.size() && std::u32string_view(U".,\u060C\u066B\u2396\u2397\u2398").find(in[end]) !=
                               std::u32string_view::npos;
    if (mark && digits_end(end + 1) > end + 1) end = digits_end(end + 1);
    out += U'0';
    at = end;
  }
  std::string bytes;
  for (const char32_t c : out) text::append_utf8(bytes, c);
  return bytes;
}

// The contract through ICU alone, in its plain order.
std::string reference(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const std::string plain = with_plain_numbers(text);
  std::string decomposed, out;
  icu::StringByteSink<std::string> sink(&decomposed);
  icu::Normalizer2::getNFDInstance(status)->normalizeUTF8(
      0, icu::StringPiece(plain.data(), static_cast<int32_t>(plain.size())), sink, nullptr, status);
  EXPECT_TRUE(U_SUCCESS(status));
  bool gap = false;
  text::for_each_character(decomposed, [&](char32_t c, std::string_view) {
    const auto point = static_cast<UChar32>(c);
    const uint32_t mask = U_GET_GC_MASK(point);
    if (c != 0x200B && ((mask & (U_GC_MN_MASK | U_GC_CF_MASK)) || u_getCombiningClass(point))) {
      return;
    }
    if (c == 0x200B || (mask & (U_GC_P_MASK | U_GC_S_MASK | U_GC_Z_MASK | U_GC_CC_MASK))) {
      gap = true;
      return;
    }
    if (gap && !out.empty()) out += ' ';
    gap = false;
    if (c == U'0' && out.ends_with('0')) return;  // only what vanishes stood between them
    text::append_utf8(out, static_cast<char32_t>(u_foldCase(point, U_FOLD_CASE_DEFAULT)));
  });
  return out;
}

std::vector<uint64_t> shingles(std::string_view text, int n) {
  std::vector<uint64_t> hashes = {99};
  shingle_hashes(simplify(text), n, hashes);
  return hashes;
}

TEST(Simplify, LeavesLettersAndGaps) {
  EXPECT_EQ(simplify("  Hello,\tWORLD! \n 3.14 "), "hello world 0");
  EXPECT_EQ(simplify("Crème brûlée — À L’ÉTÉ"), "creme brulee a l ete");
  EXPECT_EQ(simplify("Ọjọ́ ÌṢẸ́"), "ojo ise");
  EXPECT_EQ(simplify("Ὀδυσσεύς ΟΔΟΣ Ёлка ٣٤ ९"), "οδυσσευσ οδοσ елка 0 0");
  EXPECT_EQ(simplify("so\u00ADft zero\u200Bwidth می\u200Cخواهم"), "soft zero width میخواهم");
  EXPECT_EQ(simplify("\u212B \u1E9E \u0130"), "a ß i");
  EXPECT_EQ(simplify("한"), "\u1112\u1161\u11AB");
  EXPECT_EQ(simplify("... -- !"), "");
  EXPECT_EQ(simplify(""), "");
}

TEST(Simplify, ANumberIsOneZero) {
  EXPECT_EQ(simplify("1999 3.14 2,5 1,250,000 10.0.0.1 .5 5."), "0 0 0 0 0 0 0 0 0");
  EXPECT_EQ(simplify("a1b22 3x4.5y 1.5a2.7 x2.y"), "a0b0 0x0y 0a0 x0 y");
  EXPECT_EQ(simplify("1..2 1. 2 1 .2 1-2 1\u00AD2 1\u00AD.2 1.5\u00AD2.7"),
            "0 0 0 0 0 0 0 0 0 0 0 0");
  EXPECT_EQ(simplify("\u0663\u066B\u0661\u0664 1\u060C5 \U0001D7CF\u23965 \u0663.5.\u0661"),
            "0 0 0 0 0");
}

// As the patterns of datatrove have it, which the reference follows.
TEST(Simplify, AgreesWithTheReferenceOnRandomNumbers) {
  std::minstd_rand random(7);
  const std::u32string characters = U"0159\u0663\U0001D7CF..,,\u060C\u2396 a\u00AD\u0301-\u00E9";
  for (int i = 0; i < 50000; ++i) {
    std::string text;
    for (size_t k = random() % 16; k > 0; --k) {
      text::append_utf8(text, characters[random() % characters.size()]);
    }
    const std::string simple = simplify(text);
    ASSERT_EQ(simple, reference(text)) << text;
    ASSERT_EQ(simplify(simple), simple) << text;
  }
}

TEST(Simplify, ComposedAndDecomposedAreTheSame) {
  EXPECT_EQ(simplify("cafe\u0301 o\u0323\u0301"), simplify("café \u1ECD\u0301"));
}

TEST(Simplify, AgreesWithIcuOnManyLanguages) {
  const std::string text = read_file(fs::path(FUNDI_TEST_DATA) / "words" / "languages.txt");
  EXPECT_EQ(simplify(text), reference(text));
  EXPECT_EQ(simplify(simplify(text)), simplify(text));
}

TEST(Simplify, AgreesWithIcuOnEveryCharacter) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text = "a";
    text::append_utf8(text, c);
    text += "b";
    const std::string simple = simplify(text);
    ASSERT_EQ(simple, reference(text)) << std::hex << uint32_t{c};
    ASSERT_EQ(simplify(simple), simple) << std::hex << uint32_t{c};
  }
}

TEST(Simplify, AgreesWithIcuOnRandomUnicode) {
  std::minstd_rand random(3);
  for (int i = 0; i < 2000; ++i) {
    std::string text;
    for (size_t k = random() % 60; k > 0; --k) {
      const char32_t limits[] = {0x80, 0x600, 0x3000, 0xD800, 0x20000, 0x30000};
      const char32_t c = random() % limits[random() % 6];
      text::append_utf8(text, c >= 0xD800 && c < 0xE000 ? U'가' + c % 0x1000 : c);
    }
    ASSERT_EQ(simplify(text), reference(text));
  }
}

TEST(Shingles, AreOnePerRunOfWords) {
  EXPECT_EQ(shingles("a b c d e", 5).size(), 1u);
  EXPECT_EQ(shingles("a b c d e f", 5).size(), 2u);
  EXPECT_TRUE(shingles("a b c d", 5).empty());
  EXPECT_TRUE(shingles("", 1).empty());
  EXPECT_EQ(shingles("a b a b", 1).size(), 4u);
}

TEST(Shingles, DependOnTheirWordsAndOrderOnly) {
  for (const int n : {1, 2, 3, 5, 13}) {
    const auto plain = shingles("x one two three four five six seven eight nine ten a b c d", n);
    const auto moved =
        shingles("y, ONE: Two (three) four five six seven eight nine ten a b c d", n);
    ASSERT_EQ(plain.size(), moved.size());
    EXPECT_NE(plain[0], moved[0]);
    EXPECT_TRUE(std::equal(plain.begin() + 1, plain.end(), moved.begin() + 1)) << n;
  }
  EXPECT_NE(shingles("a b c", 3), shingles("c b a", 3));
  EXPECT_NE(shingles("a b a", 3), shingles("b a a", 3));
  const auto same = shingles("a a a a", 2);
  EXPECT_THAT(same, ElementsAre(same[0], same[0], same[0]));
}

TEST(Shingles, ArePinnedForFilesThatKeepThem) {
  EXPECT_THAT(shingles("the quick brown fox", 2),
              ElementsAre(4538307894570855819u, 2407179858759219364u, 13274866796458324184u));
}

TEST(Shingles, SpreadOverAllBits) {
  std::minstd_rand random(5);
  std::string text;
  std::set<std::string> runs;
  std::string letters;
  for (int i = 0; i < 20000; ++i) {
    // Few words, so that shingles differ by little.
    letters += "abcdefgh"[random() % 8];
    text += letters.back();
    text += ' ';
    if (letters.size() >= 9) runs.insert(letters.substr(letters.size() - 9));
  }
  const auto hashes = shingles(text, 9);
  const std::set<uint64_t> distinct(hashes.begin(), hashes.end());
  EXPECT_EQ(distinct.size(), runs.size());
  for (int bit = 0; bit < 64; ++bit) {
    double ones = 0;
    for (const uint64_t hash : distinct) ones += static_cast<double>(hash >> bit & 1);
    EXPECT_NEAR(ones / static_cast<double>(distinct.size()), 0.5, 0.02) << bit;
  }
}

}  // namespace
}  // namespace fundi::curate
