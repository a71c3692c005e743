#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/files.h"
#include "base/text.h"
#include "curate/language/identify.h"
#include "curate/language/sample.h"
#include "curate/language/tag.h"

namespace fundi::curate {
namespace {

const fs::path kData = fs::path(FUNDI_TEST_DATA) / "language";

std::string capitals(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

constexpr std::string_view kSwahili =
    "Wakulima wengi wa mahindi wanasema kwamba mvua za mwaka huu zimechelewa sana.";
constexpr std::string_view kEnglish =
    "Many farmers say that the rains have come much later than they used to this year.";

TEST(LanguageTag, IsCanonicalAndShort) {
  for (const auto& [tag, expected] :
       std::vector<std::pair<std::string, std::string>>{{"sw", "sw"},
                                                        {"swh", "sw"},
                                                        {"swa_Latn", "sw"},
                                                        {"sw-KE", "sw"},
                                                        {"eng_Latn", "en"},
                                                        {"EN-us", "en"},
                                                        {"cmn", "zh"},
                                                        {"zho_Hans", "zh"},
                                                        {"zh-TW", "zh-Hant"},
                                                        {"zh-Hant", "zh-Hant"},
                                                        {"arb_Arab", "ar"},
                                                        {"iw", "he"},
                                                        {"jw", "jv"},
                                                        {"sr-Latn", "sr-Latn"},
                                                        {"srp_Cyrl", "sr"},
                                                        {"hau_Arab", "ha-Arab"},
                                                        {"kik", "ki"},
                                                        {"luo", "luo"},
                                                        {"", ""},
                                                        {"und", ""},
                                                        {"x", ""},
                                                        {"not a tag", ""},
                                                        {"en\n", ""}}) {
    EXPECT_EQ(language_tag(tag), expected) << tag;
  }
  EXPECT_EQ(language_tag("sr", "Latn"), "sr-Latn");
  EXPECT_EQ(language_tag("sr-Latn", "Cyrl"), "sr");
  EXPECT_EQ(script_of_tag("sw"), "Latn");
  EXPECT_EQ(script_of_tag("ja"), "Jpan");
  EXPECT_EQ(script_of_tag("sr-Latn"), "Latn");
  EXPECT_EQ(script_of_tag("-"), "");
}

TEST(Sample, IsBoundedAndTakenFromAllOver) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += fmt::format("neno{} ", i);
  const Sample sample = take_sample(text, 800);
  EXPECT_LT(sample.text.size(), 1200u);
  EXPECT_GT(sample.text.size(), 700u);
  EXPECT_NE(sample.text.find("neno0 "), std::string::npos);
  EXPECT_NE(sample.text.find("neno1999"), std::string::npos);
  EXPECT_EQ(take_sample("mfupi\nsana", 800).text, "mfupi sana");
  EXPECT_EQ(take_sample("", 800).letters, 0u);
}

TEST(Sample, CutsAtCharacters) {
  std::string text;
  while (text.size() < 10000) text += "漢字";
  const Sample sample = take_sample(text, 100);
  EXPECT_EQ(find_invalid_utf8(sample.text), std::string::npos);
  EXPECT_EQ(sample.script(), "Hani");
}

TEST(Sample, CapitalsBecomeSmall) {
  EXPECT_EQ(take_sample("HABARI YA ÉTÉ Ж", 800).text, "habari ya été ж");
  EXPECT_EQ(take_sample("Habari ya UN", 800).text, "Habari ya UN");
}

TEST(Identify, SentencesOfManyLanguages) {
  for (const std::string& line : split(read_file(kData / "sentences.tsv"), '\n')) {
    if (line.empty()) continue;
    const size_t tab = line.find('\t');
    const Identified found = identify(std::string_view(line).substr(tab + 1));
    EXPECT_EQ(found.language, line.substr(0, tab)) << line;
    EXPECT_TRUE(found.reliable) << line;
    EXPECT_GT(found.score, 0.65) << line;
    EXPECT_LE(found.score, 1) << line;
  }
}

TEST(Identify, CapitalsAsSmallLetters) {
  for (const std::string_view text : {kSwahili, kEnglish}) {
    const Identified small = identify(text), large = identify(capitals(std::string(text)));
    EXPECT_EQ(large.language, small.language);
    EXPECT_NEAR(large.score, small.score, 0.1);
  }
  EXPECT_EQ(identify(kSwahili).language, "sw");
  EXPECT_EQ(identify(kSwahili).script, "Latn");
  EXPECT_EQ(identify(kEnglish).language, "en");
}

TEST(Identify, ShortTextsAreUncertain) {
  EXPECT_LT(identify("Habari").score, 0.35);
  EXPECT_LT(identify("ok").score, 0.1);
  EXPECT_LT(identify("Barack Obama Google").score, 0.5);
  EXPECT_LT(identify(kSwahili.substr(0, 20)).score, identify(kSwahili).score);
  // Nothing else is written like this.
  EXPECT_GT(identify("สวัสดีครับ").score, 0.9);
}

TEST(Identify, WhatIsNoLanguage) {
  for (const std::string_view text : {"", " \n", "12 34 56", "... !!! ???", "👍🏽👍🏽"}) {
    const Identified found = identify(text);
    EXPECT_EQ(found.language, "") << text;
    EXPECT_EQ(found.score, 0) << text;
    EXPECT_FALSE(found.reliable) << text;
  }
  EXPECT_LT(identify("xkqz wvjx qqqz zzxk kxjw vvwq xxkz qwzx jjkq zzzq xkqz wvjq qqqz").score,
            0.2);
}

TEST(Identify, MixedTextsScoreTheirShare) {
  const std::string mixed = fmt::format("{} {} {} {}", kSwahili, kSwahili, kSwahili, kEnglish);
  const Identified found = identify(mixed);
  EXPECT_EQ(found.language, "sw");
  EXPECT_LT(found.score, 0.9);
  EXPECT_GT(found.score, 0.5);
  const Identified scripts =
      identify(fmt::format("{} Все люди рождаются свободными и равными в правах.", kSwahili));
  EXPECT_EQ(scripts.script, scripts.language == "ru" ? "Cyrl" : "Latn");
  EXPECT_LT(scripts.score, 0.8);
}

TEST(Identify, LongTextsFromSamples) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += fmt::format("{}\n", kSwahili);
  const Identified found = identify(text);
  EXPECT_EQ(found.language, "sw");
  EXPECT_GT(found.score, 0.9);
}

TEST(Identify, KnowsWhatItCanAnswer) {
  EXPECT_TRUE(is_identified("sw", nullptr));
  EXPECT_TRUE(is_identified("ha", nullptr));  // of the large tables
  EXPECT_TRUE(is_identified("zh-Hant", nullptr));
  EXPECT_FALSE(is_identified("ki", nullptr));
}

}  // namespace
}  // namespace fundi::curate
