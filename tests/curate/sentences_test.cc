#include "curate/words/sentences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "base/files.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string_view> sentences_of(std::string_view text) {
  std::vector<std::string_view> sentences = {"stale"};
  split_sentences(text, sentences);
  return sentences;
}

TEST(Sentences, EndAtTerminatorsBeforeSpace) {
  EXPECT_THAT(sentences_of("Mvua ilinyesha. Je, ulipanda?  Ndiyo! Vizuri… Haya"),
              ElementsAre("Mvua ilinyesha.", "Je, ulipanda?", "Ndiyo!", "Vizuri…", "Haya"));
  EXPECT_THAT(sentences_of("Nini?! Kweli!!! Sawa... Basi."),
              ElementsAre("Nini?!", "Kweli!!!", "Sawa...", "Basi."));
  EXPECT_THAT(sentences_of("Just one sentence."), ElementsAre("Just one sentence."));
  EXPECT_THAT(sentences_of(""), IsEmpty());
  EXPECT_THAT(sentences_of(" \n\u3000\t\n"), IsEmpty());
}

TEST(Sentences, EndAtLineBreaks) {
  EXPECT_THAT(sentences_of("a title\r\n\r\nfirst line\n second\u2028third"),
              ElementsAre("a title", "first line", "second", "third"));
}

TEST(Sentences, KeepClosingQuotesAndBrackets) {
  EXPECT_THAT(sentences_of("\"Njoo!\" Akaja. (Alikuwa hapa.) Kisha «Haya.» Mwisho."),
              ElementsAre("\"Njoo!\"", "Akaja.", "(Alikuwa hapa.)", "Kisha «Haya.»", "Mwisho."));
  EXPECT_THAT(sentences_of("»Komm!« Er kam."), ElementsAre("»Komm!«", "Er kam."));
  EXPECT_THAT(sentences_of("He left. \"Why?\" she asked."),
              ElementsAre("He left.", "\"Why?\" she asked."));
}

TEST(Sentences, GoOnAfterAbbreviationsInitialsAndDecimals) {
  for (const std::string_view text :
       {"Dr. Wanjiku met J. K. Otieno at St. Mary.", "It costs 3.14 or .5 now.",
        "Crops, e.g. Maize and i.e. beans.", "Bw. Juma na Bi. Asha walikuja.", "1. Maize first",
        "See No. 5 of Vol. 2.", "The U.S. Army came.", "Visit www.mfano.co.ke today.",
        "It ended at 5 p.m. yesterday.", "Yahoo! is big.", "Maybe ... not",
        "Was it (yes?), really"}) {
    EXPECT_THAT(sentences_of(text), ElementsAre(text));
  }
  EXPECT_THAT(sentences_of("It ended at 5 p.m. They left. In 1999. Then"),
              ElementsAre("It ended at 5 p.m.", "They left.", "In 1999.", "Then"));
}

TEST(Sentences, OfScriptsWithTheirOwnTerminators) {
  EXPECT_THAT(sentences_of("我来了。你好吗？好！「是的。」他说。"),
              ElementsAre("我来了。", "你好吗？", "好！", "「是的。」", "他说。"));
  EXPECT_THAT(sentences_of("यह एक वाक्य है। दूसरा॥ तीसरा"),
              ElementsAre("यह एक वाक्य है।", "दूसरा॥", "तीसरा"));
  EXPECT_THAT(sentences_of("كيف حالك؟ بخير. یہ اردو ہے۔ ختم"),
              ElementsAre("كيف حالك؟", "بخير.", "یہ اردو ہے۔", "ختم"));
  EXPECT_THAT(sentences_of("ሰላም ነው። ደህና፧ አዎ"), ElementsAre("ሰላም ነው።", "ደህና፧", "አዎ"));
  EXPECT_THAT(sentences_of("ភាសាខ្មែរ។ ពីរ"), ElementsAre("ភាសាខ្មែរ។", "ពីរ"));
  EXPECT_THAT(sentences_of("မြန်မာစာ။ ဒုတိယ"), ElementsAre("မြန်မာစာ။", "ဒုတိယ"));
  EXPECT_THAT(sentences_of("Это т.е. вот. Да? Нет!"), ElementsAre("Это т.е. вот.", "Да?", "Нет!"));
}

TEST(Sentences, ABlankBeforeManyAbbreviationsIsPassedOverOnce) {
  std::string text(400'000, ' ');
  for (int i = 0; i < 200'000; ++i) text += "A. ";
  const auto sentences = sentences_of(text);  // an hour where every full stop goes back to it
  ASSERT_EQ(sentences.size(), 1u);
  EXPECT_THAT(sentences_of("a. \t 12. Maize 3. Beans"), ElementsAre("a.", "12. Maize 3.", "Beans"));
}

// Nothing but white space is lost, whatever the text.
TEST(Sentences, CoverTheText) {
  std::minstd_rand random(11);
  const std::u32string characters = U"aA1.!?…。।\n\r \u3000\"'()«»,-\u0301\u200D漢ก\u2028\u0085";
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (size_t k = random() % 12; k > 0; --k) {
      text::append_utf8(text, characters[random() % characters.size()]);
    }
    const auto sentences = sentences_of(text);
    std::string kept, whole;
    const auto add_characters = [](std::string& out, std::string_view from) {
      text::for_each_character(from, [&](char32_t c, std::string_view bytes) {
        if (std::u32string_view(U" \n\r\u3000\u2028\u0085").find(c) == std::u32string_view::npos) {
          out += bytes;
        }
      });
    };
    for (const std::string_view sentence : sentences) {
      ASSERT_FALSE(sentence.empty());
      ASSERT_EQ(sentence.find('\n'), std::string_view::npos);
      ASSERT_NE(sentence.front(), ' ');
      ASSERT_NE(sentence.back(), ' ');
      add_characters(kept, sentence);
    }
    add_characters(whole, text);
    ASSERT_EQ(kept, whole) << text;
  }
}

}  // namespace
}  // namespace fundi::curate
