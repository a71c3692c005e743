#include "data/dictd.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "tests/data/input_testing.h"

namespace fundi::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ParseDefinitionTest, HeadAndSenses) {
  const auto entry = parse_definition("agano",
                                      "agano /aɡˈano/ <n> (pl: {maagano})\n1.\npromise\n2.\n"
                                      "agreement, contract\n   See also: {ahadi}\n\n");
  EXPECT_EQ(entry.headword, "agano");
  EXPECT_EQ(entry.pronunciation, "aɡˈano");
  EXPECT_EQ(entry.part_of_speech, "n");
  EXPECT_THAT(entry.senses,
              ElementsAre(ElementsAre("promise"), ElementsAre("agreement", "contract")));
  EXPECT_EQ(entry.unparsed, 0);
  EXPECT_THAT(entry.raw, HasSubstr("See also"));
}

TEST(ParseDefinitionTest, HeadwordsKeepTheirSpelling) {
  EXPECT_EQ(parse_definition("afrika", "Afrika /afrˈika/ <n>\n\nAfrica\n").headword, "Afrika");
  const auto variant =
      parse_definition("ofisa",
                       "afisa, ofisa /afˈisa/ /ofˈisa/ <n> (pl: {maafisa}, {maofisa})\n"
                       "\nofficer\n");
  EXPECT_EQ(variant.headword, "ofisa");
  EXPECT_EQ(variant.pronunciation, "afˈisa, ofˈisa");
  EXPECT_EQ(parse_definition("restplacetime", "rest-place/time /ɹˈɛst/ <n>\n\nx").headword,
            "rest-place/time");
  EXPECT_EQ(parse_definition("flower", "flower  /flˈaʊə/ <n>\n\nua\n").headword, "flower");
  EXPECT_EQ(parse_definition("you plural", "you (plural) /juː/ <pron>\n\nnyinyi").headword,
            "you (plural)");
  EXPECT_EQ(parse_definition("other", "").headword, "other");
}

TEST(ParseDefinitionTest, TranslationsAreClean) {
  const auto senses = [](std::string body) {
    return parse_definition("x", "x <n>\n\n" + body).senses;
  };
  EXPECT_THAT(senses("his\n; hers\n; its\n"), ElementsAre(ElementsAre("his", "hers", "its")));
  EXPECT_THAT(senses("(paternal) uncle\n father's younger brother\n"),
              ElementsAre(ElementsAre("uncle")));
  EXPECT_THAT(senses("hello(used as a greeting; most often (Hujambo?, etc.))\n"),
              ElementsAre(ElementsAre("hello")));
  EXPECT_THAT(senses("topple, tumble, overthrow (esp. government, ruler)\n"),
              ElementsAre(ElementsAre("topple", "tumble", "overthrow")));
  EXPECT_THAT(senses("this,these,\n"), ElementsAre(ElementsAre("this", "these")));
  EXPECT_THAT(senses(" tiwa\n"), ElementsAre(ElementsAre("tiwa")));  // indented by accident
  EXPECT_THAT(senses(" a kind of sea fish\n"), IsEmpty());
  EXPECT_THAT(senses(" (this is a form of {enye}, lexicalized in a prepositional/locative\n"
                     " function)\n"),
              IsEmpty());
  EXPECT_THAT(senses("1. eyelid\n2. eyelash\n"),
              ElementsAre(ElementsAre("eyelid"), ElementsAre("eyelash")));
  EXPECT_THAT(senses("10c coin\n"), ElementsAre(ElementsAre("10c coin")));
  EXPECT_THAT(senses("love, love\n"), ElementsAre(ElementsAre("love")));
}

TEST(ParseDefinitionTest, FormsHaveNoTranslations) {
  const auto plural = parse_definition(
      "maajabu", "maajabu <n>\n\n Plural of {ajabu}: 1. wonder; surprise 2. awe,\n astonishment\n");
  EXPECT_EQ(plural.form_of, "ajabu");
  EXPECT_THAT(plural.senses, IsEmpty());
  EXPECT_EQ(parse_definition("nenda", "nenda <v>\n\n Inflection of: {enda}\n").form_of, "enda");
}

TEST(ParseDefinitionTest, StrangePiecesAreCounted) {
  const auto entry = parse_definition(
      "x", "x <n>\n\nwelcome, reply to '{Hodi}!', the one/ones, ?!\n; say \"x\"\n");
  EXPECT_THAT(entry.senses, ElementsAre(ElementsAre("welcome")));
  EXPECT_EQ(entry.unparsed, 4);
  EXPECT_EQ(parse_definition("x", "x <n>\n\nopen (never closed\n").unparsed, 1);
  std::string hostile = "x <n>\n";
  for (int i = 0; i < 200'000; ++i) hostile += "((\n";
  EXPECT_GT(parse_definition("x", hostile).unparsed, 0);
}

class DictdTest : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / fmt::format("fundi_dictd_{}", ::getpid());
    fs::remove_all(dir_);
    fs::create_directories(dir_);
    for (const auto& [word, text] :
         {std::pair{"00databaseinfo",
                    "00-database-info\nTest\nAvailability:\n\n  GNU GPL\n  2 or later\n\nNotes:\n"},
          {"00databaseshort", "00-database-short\nTest Dictionary\n"},
          {"bee", "Bee /b/ <n>\n\nnyuki\n"},
          {"ant", "ant /a/ <n>\n\nchungu\n"},
          {"ants", "ants /a/ <n>\n\n Plural of {ant}: chungu\n"}}) {
      add(word, text);
    }
  }
  void TearDown() override { fs::remove_all(dir_); }

  void add(std::string_view word, std::string_view text) {
    index_ += fmt::format("{}\t{}\t{}\n", word, base64(dict_.size()), base64(text.size()));
    dict_ += text;
  }
  static std::string base64(uint64_t n) {
    std::string out;
    do {
      out.insert(out.begin(),
                 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[n % 64]);
    } while ((n /= 64) > 0);
    return out;
  }
  Dictionary read(const std::string& packed) {
    write_file_atomic(dir_ / "t.index", index_);
    write_file_atomic(dir_ / "t.dict.dz", packed);
    return read_dictd(dir_ / "t.index");
  }
  std::string error(const std::string& packed) {
    try {
      read(packed);
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kCorruptData) << e.what();
      return e.what();
    }
    ADD_FAILURE() << "nothing was thrown";
    return "";
  }
  // What is wrong with a row behind the good ones, which are kept.
  std::string problem_with_row(std::string_view row) {
    const std::string before = index_;
    index_ += row;
    const Dictionary d = read(gzip(dict_));
    index_ = before;
    EXPECT_EQ(d.entries.size(), 3u);
    EXPECT_EQ(d.counts.entries, 4);
    if (d.problems.size() != 1) return "not one problem";
    return fmt::format("{}: {}", d.problems[0].line, d.problems[0].reason);
  }

  fs::path dir_;
  std::string index_, dict_;
};

TEST_F(DictdTest, ReadsEntriesByOffset) {
  const Dictionary d = read(gzip(dict_));
  EXPECT_EQ(d.info.name, "Test Dictionary");
  EXPECT_EQ(d.info.licence, "GNU GPL 2 or later");
  ASSERT_EQ(d.entries.size(), 3u);
  EXPECT_EQ(d.entries[0].headword, "Bee");
  EXPECT_EQ(d.entries[1].headword, "ant");
  EXPECT_EQ(d.counts.entries, 3);
  EXPECT_EQ(d.counts.with_translation, 2);
  EXPECT_EQ(d.counts.forms, 1);
  EXPECT_EQ(d.counts.without_translation, 0);
}

TEST_F(DictdTest, PlainDictionaryAndSeveralMembers) {
  EXPECT_EQ(read(dict_).entries.size(), 3u);
  EXPECT_EQ(read(gzip(dict_.substr(0, 50)) + gzip(dict_.substr(50))).entries.size(), 3u);
}

TEST_F(DictdTest, BadIndexRows) {
  EXPECT_THAT(problem_with_row("word"), HasSubstr("6: needs headword, offset and length"));
  EXPECT_THAT(problem_with_row("word\tA"), HasSubstr("needs headword"));
  EXPECT_THAT(problem_with_row("word\tA\t*"), HasSubstr("6: offset or length is not"));
  EXPECT_THAT(problem_with_row("word\t\tA"), HasSubstr("not a base 64 number"));
  EXPECT_THAT(problem_with_row("word\tA\tBAAAAAAAAAAA"), HasSubstr("not a base 64 number"));
  EXPECT_THAT(problem_with_row("word\t//////////\tA"), HasSubstr("points at bytes"));
  EXPECT_THAT(problem_with_row("word\tB\t" + base64(dict_.size())),
              HasSubstr("of a dictionary of"));
}

TEST_F(DictdTest, BadRowsAmongGoodOnes) {
  index_ = "no tabs\n\n" + index_ + "past\t////\tB\n";
  add("cat", "cat\n\npaka\n");
  const Dictionary d = read(gzip(dict_));
  ASSERT_EQ(d.entries.size(), 4u);
  EXPECT_EQ(d.entries[3].headword, "cat");
  EXPECT_EQ(d.counts.entries, 6);
  ASSERT_EQ(d.problems.size(), 2u);
  EXPECT_EQ(d.problems[0].line, 1);
  EXPECT_EQ(d.problems[1].line, 8);
}

TEST_F(DictdTest, BadGzip) {
  const std::string packed = gzip(dict_);
  for (size_t n = 2; n < packed.size(); n += 7) {
    EXPECT_THAT(error(packed.substr(0, n)), HasSubstr("t.dict.dz: truncated")) << n;
  }
  std::string damaged = packed;
  damaged[damaged.size() / 2] ^= 0x55;
  EXPECT_THAT(error(damaged), HasSubstr("t.dict.dz: "));
  EXPECT_THAT(error(packed + "garbage"), HasSubstr("damaged gzip data"));
}

TEST_F(DictdTest, InvalidUtf8IsAProblem) {
  add("\xff", "x\n\ny\n");
  add("cat", "cat\n\npak\xc3\n");
  const Dictionary d = read(gzip(dict_));
  EXPECT_EQ(d.entries.size(), 3u);
  ASSERT_EQ(d.problems.size(), 2u);
  EXPECT_EQ(d.problems[0].reason, "the headword is not UTF-8");
  EXPECT_EQ(d.problems[1].reason, "the definition is not UTF-8");
}

TEST_F(DictdTest, OversizedDefinitions) {
  add("big", std::string(1'000'001, 'x'));
  const Dictionary d = read(gzip(dict_));
  EXPECT_EQ(d.entries.size(), 3u);
  ASSERT_EQ(d.problems.size(), 1u);
  EXPECT_EQ(d.problems[0].reason, "a definition above 1 MB");
}

TEST(EntryText, AndBack) {
  DictionaryEntry entry;
  entry.headword = "kitabu cha dini";
  entry.senses = {{"book", "holy book"}, {"scripture"}};
  EXPECT_EQ(entry_text(entry), "kitabu cha dini: book, holy book; scripture");
  const DictionaryEntry back = parse_entry_text(entry_text(entry));
  EXPECT_EQ(back.headword, entry.headword);
  EXPECT_EQ(back.senses, entry.senses);
  EXPECT_TRUE(parse_entry_text("no entry").senses.empty());
  EXPECT_TRUE(parse_entry_text("").senses.empty());
  EXPECT_TRUE(parse_entry_text("dog\nn 1: a mammal").senses.empty());
  EXPECT_EQ(parse_entry_text("a: b, ; c").senses.size(), 2u);
}

// The dictionaries this parser was written for, where Debian's packages are installed.
TEST(FreedictTest, SwahiliDictionaries) {
  if (!fs::exists("/usr/share/dictd/freedict-swh-eng.index")) GTEST_SKIP();
  const Dictionary d = read_dictd("/usr/share/dictd/freedict-swh-eng.index");
  EXPECT_THAT(d.info.licence, HasSubstr("GNU General Public License ver. 2.0"));
  EXPECT_GT(d.counts.with_translation, 2000);
  EXPECT_LT(d.counts.unparsed_pieces, 20);
  for (const auto& entry : d.entries) {
    for (const auto& sense : entry.senses) {
      for (const auto& text : sense) EXPECT_EQ(text.find_first_of("(){}[]<>;,/"), text.npos);
    }
  }
}

}  // namespace
}  // namespace fundi::data
