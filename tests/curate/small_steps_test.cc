// The filters that follow no paper.

#include <array>
#include <filesystem>
#include <set>

#include "base/files.h"
#include "tests/curate/steps_testing.h"

namespace fundi::curate {
namespace {

using testing::HasSubstr;

std::string invalid(std::string_view name, const std::string& yaml) {
  return message_of(ErrorCode::kInvalidArgument, [&] { step(name, yaml); });
}

Document with_url(const std::string& url) {
  Document document;
  document.text = "text";
  document.meta["url"] = url;
  return document;
}

TEST(Steps, AllAreListedWithNamesAndDescriptions) {
  std::set<std::string> names;
  for (const DocumentStepKind& kind : document_step_kinds()) {
    EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
    EXPECT_FALSE(kind.description.empty()) << kind.name;
  }
  EXPECT_GE(names.size(), 13u);
}

// Each refused, with the key and what it may be.
TEST(Steps, NumbersThatMeanNothingAreRefused) {
  for (const auto& [name, yaml, what] : std::vector<std::array<std::string, 3>>{
           {"length", "min_words: -1", "min_words: must be at least 0, not -1"},
           {"length", "max_bytes: .nan", "max_bytes: must be at least 0, not nan"},
           {"length", "min_words: 5\nmax_words: 4", "min_words: 5 is above max_words, which is 4"},
           {"line_filter", "min_kept: 1.5", "min_kept: must be from 0 to 1, not 1.5"},
           {"line_filter", "min_line_characters: 9\nmax_line_characters: 3", "is above"},
           {"symbols", "max_digits: -0.1", "max_digits: must be from 0 to 1"},
           {"normalise", "blank_lines: -1", "blank_lines: must be at least 0"},
           {"mc4", "min_paragraphs: -3", "min_paragraphs: must be at least 0"},
           {"mc4", "min_paragraph_len: .nan", "min_paragraph_len"},
           {"words", "words: [a]\nmax_count: -1", "max_count: must be at least 0"},
           {"words", "words: [a]\nmax_fraction: 2", "max_fraction: must be from 0 to 1"},
           {"url", "{}", "domains: give a list of addresses or words"},
           {"words", "{words: [a], max_count: false}", "max_count: give a number"},
           {"redact", "kinds: []", "kinds: nothing is left to look for"},
           {"url", "soft_word_threshold: 0", "soft_word_threshold: must be at least 1"},
           {"language", "min_score: 65", "min_score: must be from 0 to 1, not 65"},
           {"c4", "min_words_per_line: -2", "min_words_per_line: must be from -1 to"},
           {"c4", "max_word_length: .inf", "max_word_length"},
           {"fineweb", "short_line_thr: 67", "short_line_thr: must be from 0 to 1"},
           {"fineweb", "short_line_length: -1", "short_line_length"},
           {"fineweb", "new_line_ratio: -1", "new_line_ratio: must be at least 0"},
           {"gopher_quality", "max_bullet_lines_ratio: 90", "from 0 to 1"},
           {"gopher_quality", "min_doc_words: 200000", "is above max_doc_words, which is 100000"},
           {"gopher_quality", "min_stop_words: -1", "min_stop_words"},
           {"gopher_repetition", "dup_line_frac: .nan", "dup_line_frac: must be from 0 to 1"},
           {"gopher_repetition", "dup_n_grams: {5: 15}", "dup_n_grams: must be from 0 to 1"},
           {"gopher_repetition", "top_n_grams: {2: -1}", "top_n_grams: must be at least 0"},
       }) {
    EXPECT_THAT(invalid(name, yaml), HasSubstr(what)) << name << ": " << yaml;
  }
}

TEST(Length, CountsCharactersWordsAndBytes) {
  EXPECT_EQ(run(*step("length", "min_characters: 4"), "été").rule, "characters");
  EXPECT_EQ(run(*step("length", "max_characters: 3"), "été").rule, "");
  EXPECT_EQ(run(*step("length", "max_bytes: 4"), "été").rule, "bytes");
  EXPECT_EQ(run(*step("length", "min_words: 2\nmax_words: 3"), "one two, three").rule, "words");
  EXPECT_EQ(run(*step("length", "min_words: 2\nmax_words: 3"), "one two three").rule, "");
  EXPECT_THAT(invalid("length", "{}"), HasSubstr("needs a limit"));
}

TEST(LineFilter, RemovesLinesOfDashesAndBars) {
  const Outcome out = run(*step("line_filter"), "a\n---\n| - |\n\n- oi mate\n–––\n|");
  EXPECT_EQ(out.text, "a\n\n- oi mate\n–––");
  EXPECT_EQ(out.counts.at("symbol_lines"), 3);
  EXPECT_EQ(run(*step("line_filter", "symbols: ''"), "a\n---").text, "a\n---");
  EXPECT_EQ(run(*step("line_filter", "symbols: '–'"), "a\n---\n––").text, "a\n---");
}

TEST(LineFilter, LengthsDuplicatesAndWhatIsKept) {
  const auto lengths = step("line_filter", "min_line_characters: 3\nmax_line_characters: 5");
  EXPECT_EQ(run(*lengths, "éé\n\nééé\n  éé  \nabcdef\nabcde").text, "\nééé\nabcde");
  const auto once = step("line_filter", "duplicates: true\nmin_kept: 0.5");
  const Outcome out = run(*once, "menu\n\nmenu \nother\n\nmenu");
  EXPECT_EQ(out.text, "menu\n\nother\n");
  EXPECT_EQ(out.counts.at("duplicate_lines"), 2);
  EXPECT_EQ(run(*once, "menu\nmenu\nmenu").rule, "characters_kept");
  EXPECT_EQ(run(*once, "").rule, "");
}

TEST(Symbols, LimitsShares) {
  EXPECT_EQ(run(*step("symbols", "max_digits: 0.5"), "ab 12").rule, "");
  EXPECT_EQ(run(*step("symbols", "max_digits: 0.5"), "ab 123").rule, "digits");
  EXPECT_EQ(run(*step("symbols", "max_digits: 0.5"), "ሀ ፩፪").rule, "digits");
  EXPECT_EQ(run(*step("symbols", "max_non_alphabetic: 0"), "ำลัง नमस्ते").rule, "");
  EXPECT_EQ(run(*step("symbols", "max_non_alphabetic: 0"), "a!").rule, "non_alphabetic");
  EXPECT_EQ(run(*step("symbols", "max_uppercase: 0.5"), "ABc 123").rule, "uppercase");
  EXPECT_EQ(run(*step("symbols", "max_punctuation: 0.2"), "a.b.").rule, "punctuation");
  EXPECT_EQ(run(*step("symbols", "max_emoji: 0.2"), "hey 👋").rule, "emoji");
  EXPECT_EQ(run(*step("symbols", "max_emoji: 0"), "1# © a").rule, "");
  EXPECT_EQ(run(*step("symbols", "max_emoji: 0"), "").rule, "");
  EXPECT_THAT(invalid("symbols", "max_digits: false"), HasSubstr("needs a limit"));
}

TEST(Regex, DropsKeepsReplaces) {
  const auto drop = step("regex", "pattern: '(?i)casino \\d+'");
  EXPECT_EQ(run(*drop, "the Casino 77 here").rule, "matches");
  EXPECT_EQ(run(*drop, "the Casino 77 here").value, "Casino 77");
  EXPECT_EQ(run(*drop, "no game").rule, "");
  const auto keep = step("regex", "pattern: farm\naction: keep");
  EXPECT_EQ(run(*keep, "no game").value, "no match");
  EXPECT_EQ(run(*keep, "a farm").rule, "");
  const auto replace = step("regex", "pattern: '[é]+|$|q*'\naction: replace\nreplacement: '-'");
  const Outcome out = run(*replace, "aéé b qq é");
  EXPECT_EQ(out.text, "a- b - -");
  EXPECT_EQ(out.counts.at("replaced"), 3);
  EXPECT_THAT(invalid("regex", "pattern: '(a'"), HasSubstr("recipe.yaml: pattern: "));
  EXPECT_THAT(invalid("regex", "pattern: a\nreplacement: b"), HasSubstr("is for action: replace"));
  EXPECT_THAT(invalid("regex", "pattern: a\naction: repalce"), HasSubstr("'replace'"));
}

TEST(Regex, AnExponentialExpressionEndsAndIsCounted) {
  const auto step_made = step("regex", "pattern: '^(a|aa|a?)*(b|c)$'");
  const Outcome out = run(*step_made, repeat("a", 60));
  EXPECT_EQ(out.rule, "");
  EXPECT_EQ(out.counts.at("took_too_long"), 1);
}

TEST(Regex, OfAConversationAllMessagesAreReplacedOrNone) {
  Document document;
  document.messages = {{"user", "foo", {}}, {"assistant", repeat("a", 60), {}}};
  document.text = join(document.messages);
  Subject subject(document);
  StepFigures figures;
  const auto replace = step("regex", "pattern: 'foo|^(a|aa|a?)*(b|c)$'\naction: replace");
  Judge judge(replace->rules(), figures);
  replace->apply(subject, judge);
  EXPECT_EQ(figures.counts.at("took_too_long"), 1);
  EXPECT_EQ(subject.document().messages[0].content, "foo");
  EXPECT_EQ(subject.text(), document.text);
}

TEST(Normalise, TidiesWhatCannotBeSeen) {
  const auto tidy = step("normalise");
  EXPECT_EQ(run(*tidy,
                "\xEF\xBB\xBF"
                "a\r\nb\rc\x0c"
                "d\xE2\x80\xA8"
                "e\x01\x7F\xC2\x85")
                .text,
            "a\nb\nc\nd\ne");
  EXPECT_EQ(
      run(*tidy, "\n\n  a  b \xC2\xA0 c\t\n \n\n\n  - d\xE3\x80\x80 \xE2\x80\x8B e \n\n").text,
      "  a b c\n\n  - d e");
  EXPECT_EQ(run(*tidy, "1 \t 2").text, "1\t2");
  EXPECT_EQ(run(*tidy, "e\xE2\x80\x8B\xCC\x81 A\xCC\x8A").text, "é Å");  // composed after cleaning
  EXPECT_EQ(run(*tidy, "می‌خواهم 👩‍🌾 co\xC2\xADop").text,
            "می‌خواهم 👩‍🌾 coop");
  EXPECT_EQ(run(*tidy, "“a” ‘b’").text, "“a” ‘b’");
  EXPECT_EQ(run(*step("normalise", "plain_quotes: true"), "“a” ‘b’").text, "\"a\" 'b'");
  EXPECT_EQ(run(*step("normalise", "indentation: false\nblank_lines: 0"), " a\n\n  b").text,
            "a\nb");
  EXPECT_EQ(run(*step("normalise", "spaces: false"), "a  b \n").text, "a  b ");
  EXPECT_EQ(run(*step("normalise", "nfc: false"), "e\xCC\x81").text, "e\xCC\x81");
  EXPECT_TRUE(run(*tidy, "clean\n\nalready").counts.empty());
}

TEST(Normalise, AgainChangesNothing) {
  const std::vector<std::string> parts = {"a",
                                          " ",
                                          "\t",
                                          "\n",
                                          "\r",
                                          "\x01",
                                          "\xC2\xA0",
                                          "\xCC\x81",
                                          "e",
                                          "\xE2\x80\x8B",
                                          "\xE2\x80\xA8",
                                          "\xE1\x84\x80",
                                          "\xE1\x85\xA1",
                                          "\xE2\x84\xAB",
                                          "\xE2\x80\x82",
                                          "’",
                                          "\xC2\x85",
                                          "\xEF\xBF\xBE"};
  uint32_t state = 1;
  for (const char* settings : {"{}", "plain_quotes: true\nindentation: false", "spaces: false",
                               "blank_lines: 3\nnfc: false"}) {
    const auto tidy = step("normalise", settings);
    for (int trial = 0; trial < 300; ++trial) {
      std::string text;
      for (int i = 0; i < trial % 20; ++i) {
        state = state * 1664525 + 1013904223;
        text += parts[(state >> 16) % parts.size()];
      }
      const std::string once = run(*tidy, text).text;
      ASSERT_EQ(run(*tidy, once).text, once) << settings << ": " << testing::PrintToString(text);
    }
  }
}

TEST(Url, EachRule) {
  const auto filter = step("url",
                           "domains: [bad.com, co.ke]\nhosts: [www.sub.org]\n"
                           "urls: ['https://news.com/page?id=2']\nwords: [casino]\n"
                           "soft_words: [win, cash, Bonus]\nparts: [porn]");
  const auto rule = [&](const std::string& url) { return run(*filter, with_url(url)).rule; };
  EXPECT_EQ(rule("http://bad.com/x"), "domain");
  EXPECT_EQ(rule("https://a.B.bad.com:8080?x"), "domain");
  EXPECT_EQ(rule("https://user:pw@x.co.ke/"), "domain");
  EXPECT_EQ(rule("http://notbad.com/"), "");
  EXPECT_EQ(rule("http://www.sub.org/"), "host");
  EXPECT_EQ(rule("http://sub.org/"), "");
  EXPECT_EQ(rule("http://www.news.com/page?id=2#top"), "url");
  EXPECT_EQ(rule("http://news.com/page?id=22"), "");
  EXPECT_EQ(rule("http://x.com/the-CASINO.html"), "word");
  EXPECT_EQ(rule("http://x.com/thecasino"), "");
  EXPECT_EQ(rule("http://x.com/win/win"), "");
  EXPECT_EQ(rule("http://x.com/win/bonus"), "soft_words");
  EXPECT_EQ(run(*filter, with_url("http://x.com/win/bonus")).value, "bonus win");
  EXPECT_EQ(rule("http://x.com/a-p.o.r.n-b"), "part");
  const Outcome none = run(*filter, "no url");
  EXPECT_EQ(none.rule, "");
  EXPECT_EQ(none.counts.at("no_url"), 1);
  EXPECT_EQ(run(*step("url", "required: true"), "no url").rule, "no_url");
}

TEST(Words, PhrasesCountAndFraction) {
  const auto none = step("words", "words: [Bad word, mbaya, ÉCOLE]");
  EXPECT_EQ(run(*none, "a bAD  word.").rule, "forbidden_words");
  EXPECT_EQ(run(*none, "bad. Word").rule, "");
  EXPECT_EQ(run(*none, "une école").rule, "forbidden_words");
  EXPECT_EQ(run(*none, "mbayana badword").rule, "");
  EXPECT_EQ(run(*step("words", "words: [mbaya]\nignore_case: false"), "Mbaya").rule, "");
  const auto two = step("words", "words: [a, a b]\nmax_count: 2");
  EXPECT_EQ(run(*two, "a b a b x").rule, "");  // twice the longer one
  EXPECT_EQ(run(*two, "a b a a b").rule, "forbidden_words");
  const auto half = step("words", "words: [a b]\nmax_fraction: 0.5");
  EXPECT_EQ(run(*half, "a b c d").rule, "");
  EXPECT_EQ(run(*half, "a b c").rule, "forbidden_fraction");
  EXPECT_THAT(invalid("words", "{}"), HasSubstr("at least one word"));
}

TEST(Words, ListsFromFiles) {
  const fs::path folder = fs::path(testing::TempDir()) / "fundi_words_step";
  write_file_atomic(folder / "list.txt", "\xEF\xBB\xBF# comment\r\nmbaya\r\n\r\n  vile thing \n");
  const auto filter = step("words", "words_file: list.txt", folder);
  EXPECT_EQ(run(*filter, "a vile thing").rule, "forbidden_words");
  EXPECT_EQ(run(*filter, "comment").rule, "");
  StepContext context{folder, {}};
  step_kind("words").make(Config::parse_yaml("words_file: list.txt", "r"), context);
  EXPECT_THAT(context.inputs, testing::ElementsAre(folder / "list.txt"));
  EXPECT_THAT(
      message_of(ErrorCode::kNotFound, [&] { step("words", "words_file: no.txt", folder); }),
      HasSubstr("words_file"));
  write_file_atomic(folder / "latin.txt", "caf\xE9\n");
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [&] { step("words", "words_file: latin.txt", folder); }),
              HasSubstr("is not UTF-8"));
}

}  // namespace
}  // namespace fundi::curate
