#include "curate/words/words.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "base/files.h"
#include "base/text.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words_of(std::string_view text) {
  std::vector<Word> words;
  split_words(text, words);
  std::vector<std::string> out;
  for (const Word& word : words) out.emplace_back(word.in(text));
  return out;
}

uint8_t class_of(char32_t c) { return text::char_classes()[c]; }

// What ICU says of the whole text, by the contract and nothing else.
class Reference {
 public:
  std::vector<Word> words_of(std::string_view text) {
    words_.clear();
    text_ = text;
    UErrorCode status = U_ZERO_ERROR;
    UText source = UTEXT_INITIALIZER;
    utext_openUTF8(&source, text.data(), static_cast<int64_t>(text.size()), &status);
    iterator_->setText(&source, status);
    EXPECT_TRUE(U_SUCCESS(status));
    size_t begin = 0;
    iterator_->first();
    for (int32_t end = iterator_->next(); end != icu::BreakIterator::DONE;
         end = iterator_->next()) {
      add(begin, static_cast<size_t>(end));
      begin = static_cast<size_t>(end);
    }
    utext_close(&source);
    return words_;
  }

 private:
  void add(size_t begin, size_t end) {
    while (begin < end) {
      const text::CodePoint c = text::code_point_at(text_, begin);
      if (!(class_of(c.value) & text::kSpace)) break;
      begin += c.length;
    }
    while (begin < end && (class_of(text::last_character(text_.substr(0, end))) & text::kSpace)) {
      do {
        --end;
      } while ((text_[end] & 0xC0) == 0x80);
    }
    if (begin == end) return;
    std::u32string characters;
    text::for_each_character(text_.substr(begin, end - begin),
                             [&](char32_t c, std::string_view) { characters += c; });
    const bool run = characters.size() > 1 && (class_of(characters[0]) & text::kPunctuation) &&
                     characters.find_first_not_of(characters[0]) == std::u32string::npos;
    const size_t pieces = run ? characters.size() : 1;
    for (size_t i = 0; i < pieces; ++i) {
      Word word;
      word.length = static_cast<uint32_t>((end - begin) / pieces);
      word.begin = static_cast<uint32_t>(begin + i * word.length);
      word.characters = static_cast<uint16_t>(std::min<size_t>(characters.size() / pieces, 65535));
      for (const char32_t c : characters) {
        const uint8_t is = class_of(c);
        word.has_letter |= (is & text::kLetter) != 0;
        word.has_non_symbol |= !(is & (text::kPunctuation | text::kSymbol | text::kSpace));
      }
      words_.push_back(word);
    }
  }

  static std::unique_ptr<icu::BreakIterator> make() {
    UErrorCode status = U_ZERO_ERROR;
    return std::unique_ptr<icu::BreakIterator>(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
  }
  std::unique_ptr<icu::BreakIterator> iterator_ = make();
  std::string_view text_;
  std::vector<Word> words_;
};

std::string escaped(std::string_view text) {
  std::string out;
  text::for_each_character(
      text, [&](char32_t c, std::string_view) { out += fmt::format("{:04X} ", uint32_t{c}); });
  return out;
}

// Empty if split_words agrees with ICU.
std::string difference(std::string_view text, Reference& reference) {
  std::vector<Word> words;
  split_words(text, words);
  const std::vector<Word> expected = reference.words_of(text);
  for (size_t i = 0; i < std::max(words.size(), expected.size()); ++i) {
    if (i >= words.size()) return "a word is missing: " + escaped(expected[i].in(text));
    if (i >= expected.size()) return "a word too many: " + escaped(words[i].in(text));
    const Word &a = words[i], &b = expected[i];
    if (a.begin != b.begin || a.length != b.length) {
      return fmt::format("{}, by ICU {}, in {}", escaped(a.in(text)), escaped(b.in(text)),
                         escaped(text.substr(0, 400)));
    }
    if (a.characters != b.characters || a.has_letter != b.has_letter ||
        a.has_non_symbol != b.has_non_symbol) {
      return fmt::format("flags of {}", escaped(a.in(text)));
    }
  }
  return "";
}

TEST(Words, AreLettersWithTheirMarksAndPunctuationOneByOne) {
  EXPECT_THAT(words_of("I can't, e.g. now... 3.14%"),
              ElementsAre("I", "can't", ",", "e.g", ".", "now", ".", ".", ".", "3.14", "%"));
  EXPECT_THAT(words_of("ng'ombe\tnǃkau\r\n\r\n"), ElementsAre("ng'ombe", "nǃkau"));
  EXPECT_THAT(words_of(" a\u00A0b\u2003c\u3000"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(words_of(""), IsEmpty());
  EXPECT_THAT(words_of(" \n\t "), IsEmpty());
}

TEST(Words, RunsOfOneMarkAreCutMarkByMark) {
  EXPECT_THAT(words_of("## ----"), ElementsAre("#", "#", "-", "-", "-", "-"));
  EXPECT_THAT(words_of("___ @@"), ElementsAre("_", "_", "_", "@", "@"));
  EXPECT_THAT(words_of("_a_ ‿‿"), ElementsAre("_a_", "‿", "‿"));
}

TEST(Words, DictionariesDivideWhatHasNoSpaces) {
  EXPECT_THAT(words_of("สวัสดีครับ ยินดี"), ElementsAre("สวัสดี", "ครับ", "ยินดี"));
  EXPECT_THAT(words_of("我们在北京。"), ElementsAre("我们", "在", "北京", "。"));
  EXPECT_THAT(words_of("カタカナです"), ElementsAre("カタカナ", "です"));
}

TEST(Words, SayWhatTheyHold) {
  const std::string text = "Habari 42 -- ❤ \u0301";
  std::vector<Word> words;
  split_words(text, words);
  ASSERT_EQ(words.size(), 6u);
  EXPECT_TRUE(words[0].has_letter && words[0].has_non_symbol);
  EXPECT_EQ(words[0].characters, 6);
  EXPECT_TRUE(!words[1].has_letter && words[1].has_non_symbol);
  EXPECT_TRUE(!words[2].has_letter && !words[2].has_non_symbol);
  EXPECT_FALSE(words[4].has_non_symbol);
  EXPECT_EQ(words[4].length, 3u);
  EXPECT_EQ(words[5].length, 2u);
}

TEST(Words, CharactersOfALongWordStopAtTheLimit) {
  const std::string text(70000, 'a');
  std::vector<Word> words;
  split_words(text, words);
  ASSERT_EQ(words.size(), 1u);
  EXPECT_EQ(words[0].length, 70000u);
  EXPECT_EQ(words[0].characters, 65535);
}

TEST(Words, AgreeWithIcuOnManyLanguages) {
  Reference reference;
  const std::string text = read_file(fs::path(FUNDI_TEST_DATA) / "words" / "languages.txt");
  ASSERT_GT(text.size(), 2000u);
  EXPECT_EQ(difference(text, reference), "");
  for (const std::string& line : split(text, '\n')) EXPECT_EQ(difference(line, reference), "");
}

// Every class of the rules in every neighbourhood of up to four.
TEST(Words, AgreeWithIcuOnShortTextsOfAllClasses) {
  const std::u32string characters =
      U"a\u05D0'\".,:\u00B71_@\r\n\u000B \u202F\u00A0\u0301\u00AD\u200D\u2764\u2139\U0001F1E6"
      U"\u30AB\u3042\u6F22\uAC00\u0E01\u0E31$\u0915\u093E\u3007\u302A\uFF70\U0001F200";
  Reference reference;
  std::string text;
  const size_t n = characters.size();
  for (size_t i = 0; i < n * n * n; ++i) {
    text.clear();
    for (size_t k = i, d = 0; d < 3; ++d, k /= n) text::append_utf8(text, characters[k % n]);
    ASSERT_EQ(difference(text, reference), "");
  }
  std::minstd_rand random(1);
  for (int i = 0; i < 40000; ++i) {
    text.clear();
    for (size_t k = 4 + random() % 8; k > 0; --k) {
      text::append_utf8(text, characters[random() % n]);
    }
    ASSERT_EQ(difference(text, reference), "");
  }
}

TEST(Words, AgreeWithIcuOnRandomUnicode) {
  Reference reference;
  std::minstd_rand random(7);
  const auto any = [&]() -> char32_t {
    const char32_t limits[] = {0x80, 0x600, 0x3000, 0x10000, 0x20000, 0x110000};
    char32_t c = random() % limits[random() % 6];
    return c >= 0xD800 && c < 0xE000 ? U'x' : c;
  };
  for (int i = 0; i < 3000; ++i) {
    std::string text;
    for (size_t k = random() % 200; k > 0; --k) {
      // Neighbours of one block meet more rules than strangers.
      const char32_t c = any();
      for (size_t r = random() % 4 + 1; r > 0; --r) {
        const char32_t near = c ^ (random() % 32);
        text::append_utf8(text, near >= 0xD800 && near < 0xE000 ? U' ' : near);
      }
      if (random() % 4 == 0) text += " ',._"[random() % 5];
    }
    ASSERT_EQ(difference(text, reference), "");
  }
}

// FUNDI_WORDS_CORPUS names a folder of texts to compare on, too large to keep here.
TEST(Words, AgreeWithIcuOnACorpus) {
  const char* const folder = std::getenv("FUNDI_WORDS_CORPUS");
  if (folder == nullptr) GTEST_SKIP() << "FUNDI_WORDS_CORPUS is not set";
  Reference reference;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string text = text::replace_invalid_utf8(read_file(entry.path()));
    EXPECT_EQ(difference(text, reference), "") << entry.path();
  }
}

}  // namespace
}  // namespace fundi::curate
