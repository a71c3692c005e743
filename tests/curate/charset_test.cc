#include "curate/extract/charset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unicode/ucnv.h>

#include "base/files.h"
#include "base/text.h"
#include "curate/extract/extract.h"

namespace fundi::curate {
namespace {

using ::testing::HasSubstr;

std::string encode(const std::string& utf8, const char* charset) {
  UErrorCode status = U_ZERO_ERROR;
  std::string out(utf8.size() * 4 + 16, '\0');
  const int32_t n = ucnv_convert(charset, "UTF-8", out.data(), static_cast<int32_t>(out.size()),
                                 utf8.data(), static_cast<int32_t>(utf8.size()), &status);
  EXPECT_TRUE(U_SUCCESS(status)) << charset;
  out.resize(static_cast<size_t>(n));
  return out;
}

// "é" read as windows-1252.
std::string garble(const std::string& utf8) {
  std::string out;
  for (const char c : utf8) {
    out += (c & 0x80) == 0 ? std::string(1, c) : to_utf8(std::string(1, c), "windows-1252").text;
  }
  return out;
}

const std::string kRussian =
    "Все люди рождаются свободными и равными в своём достоинстве и правах. ";
const std::string kJapanese =
    "すべての人間は、生まれながらにして自由であり、尊厳と権利とについて平等である。";
const std::string kFrench =
    "L’été, où les élèves déjà fatigués révisaient leurs leçons de français.";
const std::string kKorean =
    "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 똠방각하";
const std::string kUkrainian =
    "Всі люди народжуються вільними і рівними у своїй гідності та правах. Її ґанок є.";
const std::string kIcelandic =
    "Hver maður er borinn frjáls og jafn öðrum að virðingu og réttindum. Menn eru gæddir vitsmunum "
    "og samvisku, og ber þeim að breyta bróðurlega hverjum við annan.";

TEST(Charset, MarksAndZerosTell) {
  EXPECT_EQ(to_utf8("\xEF\xBB\xBFhabari", "utf-16").text, "habari");
  for (const char* charset : {"UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"}) {
    EXPECT_EQ(to_utf8(encode("\uFEFF" + kRussian, charset), "").text, kRussian) << charset;
  }
  EXPECT_EQ(to_utf8(encode("plain letters", "UTF-16LE"), "").text, "plain letters");
  EXPECT_EQ(to_utf8(encode("plain letters", "UTF-16BE"), "utf-8").text, "plain letters");
  EXPECT_EQ(to_utf8("", "").text, "");
}

TEST(Charset, WellFormedUtf8WinsOverWhatIsDeclared) {
  EXPECT_EQ(to_utf8(kRussian, "iso-8859-1").text, kRussian);
  EXPECT_EQ(to_utf8(kRussian, "no-such,charset").charset, "utf-8");
}

TEST(Charset, DeclaredNamesAreReadAsBrowsersDo) {
  EXPECT_EQ(to_utf8("\x93quoted\x94 \xe9", "ISO-8859-1").text, "“quoted” é");
  EXPECT_EQ(to_utf8(encode(kRussian, "KOI8-R"), "koi8-r").text, kRussian);
  EXPECT_EQ(to_utf8(encode(kJapanese, "ISO-2022-JP"), "iso-2022-jp").text, kJapanese);
  EXPECT_EQ(to_utf8(encode("中文", "GB18030"), " GB2312 ").text, "中文");
  EXPECT_EQ(to_utf8(encode(kKorean, "windows-949"), "EUC-KR").text, kKorean);
  EXPECT_EQ(to_utf8(encode(kKorean, "windows-949"), "ks_c_5601-1987").text, kKorean);
  EXPECT_EQ(to_utf8("\x93\xfe\xfd\x94", "latin5").text, "“şı”");
}

TEST(Charset, WhatThePageDeclaresIsBelieved) {
  const auto page = [](const std::string& charset, const std::string& text) {
    return "<html><meta charset=\"" + charset + "\"><p>" + text;
  };
  const std::pair<const char*, std::string> cases[] = {{"euc-kr", kKorean},
                                                       {"iso-2022-jp", kJapanese},
                                                       {"shift_jis", kJapanese},
                                                       {"iso-8859-1", kIcelandic},
                                                       {"windows-1250", "Żółw"}};
  for (const auto& [charset, text] : cases) {
    const char* encoding = charset == std::string("euc-kr") ? "windows-949" : charset;
    EXPECT_EQ(to_utf8(encode(page(charset, text), encoding), "").text, page(charset, text));
    const auto html = extract(encode(page(charset, text), encoding), ContentType::kHtml, "", {});
    EXPECT_EQ(html.value().text, text) << charset;
  }
  const std::string russian = page("euc-jp", kRussian + kRussian);
  EXPECT_EQ(to_utf8(encode(russian, "windows-1251"), "windows-1251").text, russian);
  EXPECT_EQ(to_utf8(encode(page("euc-jp", kFrench), "windows-1252"), "").text,
            page("euc-jp", kFrench));
}

TEST(Charset, EscapesAreJapaneseAndKorean) {
  EXPECT_EQ(to_utf8(encode(kJapanese, "ISO-2022-JP"), "").text, kJapanese);
  EXPECT_EQ(to_utf8(encode("가장", "ISO-2022-KR"), "").text, "가장");
  for (const std::string colours : {"\x1b[31mred\x1b[0m", "costs \x1b$5", "~{plain~}"}) {
    EXPECT_EQ(to_utf8(colours, "").text, colours);
  }
}

TEST(Charset, UndeclaredOnesAreFound) {
  std::string russian, japanese, french;
  for (int i = 0; i < 5; ++i) russian += kRussian, japanese += kJapanese, french += kFrench;
  EXPECT_EQ(to_utf8(encode(russian, "windows-1251"), "").text, russian);
  EXPECT_EQ(to_utf8(encode(russian, "KOI8-R"), "x-unknown").text, russian);
  EXPECT_EQ(to_utf8(encode(japanese, "Shift_JIS"), "").text, japanese);
  EXPECT_EQ(to_utf8(encode(japanese, "EUC-JP"), "").text, japanese);
  EXPECT_EQ(to_utf8(encode(french, "windows-1252"), "").text, french);
  EXPECT_EQ(to_utf8(encode(kKorean, "windows-949"), "").text, kKorean);
  const std::string menu = "コーヒー 300円\nアイスコーヒー 350円\nケーキセット 700円\nメニュー\n";
  EXPECT_EQ(to_utf8(encode(menu, "Shift_JIS"), "").text, menu);
}

TEST(Charset, UnicodeByAnyNameIsNotBelievedOfBytes) {
  for (const char* name : {"utf-16", "utf16", "utf_16", "ucs-2", "UTF 32", "utf_8"}) {
    EXPECT_EQ(to_utf8(encode(kFrench, "windows-1252"), name).text, kFrench) << name;
  }
}

TEST(Charset, WesternIsPreferredWhereItReadsBetter) {
  const std::string afrikaans =
      "Dit is ’n reg van elke mens om ’n ander mens te help, en ’n plig om ’n kind te leer.";
  const std::string romanian =
      "Toate ființele umane se nasc libere și egale în demnitate și în drepturi. Ele sînt "
      "înzestrate "
      "cu rațiune și conștiință.";
  EXPECT_EQ(to_utf8(encode(kIcelandic, "windows-1252"), "").text, kIcelandic);
  EXPECT_EQ(to_utf8(encode(afrikaans, "windows-1252"), "").text, afrikaans);
  for (const std::string& text :
       {std::string(
            "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw."),
        std::string("Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv."),
        std::string("Minden emberi lény szabadon születik és egyenlő méltósága és joga van."),
        std::string("The city of Łódź is the birthplace of painters; Wałęsa and Wisława "
                    "Szymborska visited Kraków and Gdańsk in the spring of that year."),
        replace_all(replace_all(romanian, "ș", "ş"), "ț", "ţ")}) {
    EXPECT_EQ(to_utf8(encode(text, "iso-8859-2"), "").text, text);
  }
}

TEST(Charset, Koi8WithUkrainianLetters) {
  EXPECT_EQ(to_utf8(encode(kUkrainian, "KOI8-U"), "").text, kUkrainian);
  EXPECT_EQ(to_utf8(encode(kUkrainian, "KOI8-U"), "koi8-r").charset, "koi8-u");
  const std::string framed = "╓──╖\n║Ёж║\n╙──╜\n";
  EXPECT_EQ(to_utf8(encode(framed, "KOI8-R"), "koi8-r").text, framed);
}

TEST(Charset, AFewBadBytesDoNotMakeItLatin) {
  EXPECT_EQ(to_utf8(kRussian + "\xd0 " + kRussian, "").text, kRussian + "\uFFFD " + kRussian);
  EXPECT_EQ(find_invalid_utf8(to_utf8("\xff\xfe\xff", "").text), std::string::npos);
  EXPECT_EQ(find_invalid_utf8(to_utf8("\x80\x81\x90", "utf-8").text), std::string::npos);
}

TEST(Mojibake, OnceAndTwice) {
  for (const std::string& text :
       {kFrench, kRussian, kJapanese, std::string("Señor Ñandú “quoted”")}) {
    std::string once = garble(text), twice = garble(garble(text));
    ASSERT_NE(once, text);
    EXPECT_EQ(repair_mojibake(once), 1);
    EXPECT_EQ(once, text);
    EXPECT_EQ(repair_mojibake(twice), 1);
    EXPECT_EQ(twice, text);
  }
}

TEST(Mojibake, GoodTextStays) {
  for (std::string text :
       {std::string("A MANHÔ DE SÃO JOÃO"), std::string("“MANHÃ” e “Ô"), std::string("naïve café"),
        std::string("Â £5"), std::string("ﬁne — “good” text…"), kRussian, kJapanese, kFrench,
        std::string("ÃO"), std::string("")}) {
    const std::string before = text;
    EXPECT_EQ(repair_mojibake(text), 0);
    EXPECT_EQ(text, before);
  }
}

TEST(Mojibake, LineByLine) {
  std::string text = kFrench + "\n" + garble(kFrench) + "\n" + kFrench + "\n";
  EXPECT_EQ(repair_mojibake(text), 1);
  EXPECT_EQ(text, kFrench + "\n" + kFrench + "\n" + kFrench + "\n");
}

TEST(Extract, TextAndMarkdown) {
  const auto text = extract("one\r\ntwo\rthree caf\xe9\r\n", ContentType::kText, "", {});
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(text.value().text, "one\ntwo\nthree café\n");
  const auto mended = extract(garble(kFrench), ContentType::kText, "", {});
  EXPECT_EQ(mended.value().text, kFrench);
  EXPECT_EQ(mended.value().repaired, 1);
  const auto markdown = extract("---\ntitle: \"Mahindi\"\nlang: sw\n---\n# Other\n\n- item\n",
                                ContentType::kMarkdown, "", {});
  EXPECT_EQ(markdown.value().title, "Mahindi");
  EXPECT_EQ(markdown.value().language, "sw");
  EXPECT_EQ(markdown.value().text, "# Other\n\n- item\n");
  EXPECT_EQ(extract("---\nno end\n# T\n", ContentType::kMarkdown, "", {}).value().title, "T");
  const auto long_text = extract("too long", ContentType::kText, "", {.max_text = 5});
  ASSERT_FALSE(long_text.ok());
  EXPECT_THAT(long_text.error().what(), HasSubstr("more than 5 B of text"));
}

}  // namespace
}  // namespace fundi::curate
