// Gopher's, C4's, mC4's and FineWeb's rules.

#include "curate/steps/repetition.h"
#include "curate/steps/scan.h"
#include "curate/steps/stop_words.h"
#include "tests/curate/steps_testing.h"

namespace fundi::curate {
namespace {

std::string quality(const std::string& text, const std::string& settings = "") {
  return run(*step(
                 "gopher_quality",
                 "max_doc_words: 1000\n" + settings +
                     (settings.find("min_doc") == std::string::npos ? "\nmin_doc_words: 10" : "")),
             text)
      .rule;
}

constexpr std::string_view kProse =
    "The people of the town have to be with the river that gives water and fish to all of them. ";

TEST(GopherQuality, CasesOfDatatrove) {
  EXPECT_EQ(quality("I am too small..."), "words");
  EXPECT_EQ(quality(repeat("I am ", 20)), "mean_word_length");
  EXPECT_EQ(quality(repeat("interconnection ", 20)), "mean_word_length");
  EXPECT_EQ(quality(repeat("# comment ", 20)), "hashes_per_word");
  EXPECT_EQ(quality(repeat("comment... ", 20)), "ellipses_per_word");
  EXPECT_EQ(quality(repeat("• the people of this town\n", 20)), "bullet_lines");
  EXPECT_EQ(quality(repeat("the people who live in this old quiet town here…\n", 20)),
            "ellipsis_lines");
  EXPECT_EQ(quality(repeat("people 1111 ", 20)), "alphabetic_words");
  EXPECT_EQ(quality(repeat("people town ", 20)), "stop_words");
  EXPECT_EQ(quality(repeat(kProse, 2)), "");
  EXPECT_EQ(quality(repeat(kProse, 60)), "words");
  EXPECT_EQ(quality(""), "words");
}

TEST(GopherQuality, LimitsAreStrict) {
  // 10 words, one hash: 11 words by datatrove's count of all and 10 that are not punctuation.
  const std::string nine = "the water of the river and the people with # it all";
  EXPECT_EQ(quality(nine, "max_symbol_word_ratio: 0.08333333333333333"), "");
  EXPECT_EQ(quality(nine, "max_symbol_word_ratio: 0.08"), "hashes_per_word");
  EXPECT_EQ(quality(nine, "min_doc_words: 11"), "");
}

TEST(GopherQuality, FalseTurnsARuleOff) {
  const std::string hashes = repeat("# comment the of ", 20);
  EXPECT_EQ(quality(hashes), "hashes_per_word");
  EXPECT_EQ(quality(hashes, "max_symbol_word_ratio: false\nmin_alpha_words_ratio: 0.7"), "");
  EXPECT_EQ(quality(hashes, "max_symbol_word_ratio: false\nmax_non_alpha_words_ratio: 0.7"), "");
  EXPECT_THAT(message_of(ErrorCode::kInvalidArgument,
                         [] { step("gopher_quality", "max_avg_word_length: ten"); }),
              testing::HasSubstr("recipe.yaml: max_avg_word_length: must be a number, or false"));
}

TEST(GopherQuality, StopWordsFollowTheLanguage) {
  const auto filter = step("gopher_quality", "min_doc_words: 1");
  const std::string swahili =
      repeat("watu wa mji huu wanaishi katika nyumba za mawe na udongo. ", 3);
  EXPECT_EQ(run(*filter, swahili, "sw").rule, "");
  EXPECT_EQ(run(*filter, swahili, "swh-Latn").rule, "");
  EXPECT_EQ(run(*filter, swahili, "en-GB").rule, "stop_words");
  for (const char* unknown : {"luo", ""}) {
    const Outcome skipped = run(*filter, swahili, unknown);
    EXPECT_EQ(skipped.rule, "");
    EXPECT_EQ(skipped.counts.at("no_stop_words"), 1);
  }
  const auto own = step("gopher_quality", "stop_words: {luo: [mji, nyumba], sw: []}");
  EXPECT_EQ(run(*own, repeat(swahili, 3), "luo").rule, "");
  EXPECT_EQ(run(*own, repeat(swahili, 3), "sw").counts.at("no_stop_words"), 1);
  const auto all = step("gopher_quality", "stop_words: [xyz, abc]");
  EXPECT_EQ(run(*all, repeat(swahili, 3), "sw").rule, "stop_words");
}

TEST(GopherQuality, ConfigErrorsNameTheKey) {
  EXPECT_THAT(
      message_of(ErrorCode::kInvalidArgument, [] { step("gopher_quality", "min_doc_wrods: 10"); }),
      testing::HasSubstr("min_doc_words"));
}

TEST(StopWords, EveryListFindsItsWordsAndNoOthers) {
  for (const char* language :
       {"en", "sw", "fr", "pt", "ha", "yo", "am", "ar", "es", "de", "so", "zu"}) {
    const auto words = built_in_stop_words(language);
    ASSERT_GE(words.size(), 8u) << language;
    const WordSet set({words.begin(), words.end()});
    EXPECT_EQ(set.size(), words.size()) << language << " has a word twice";
    for (const std::string_view word : words) {
      EXPECT_NE(set.find(word), WordSet::kNone) << word;
      EXPECT_EQ(set.find(std::string(word) + "q"), WordSet::kNone) << word;
      std::vector<Word> split;
      split_words(word, split);
      EXPECT_EQ(split.size(), 1u) << word << " is no single word";
    }
  }
  EXPECT_EQ(WordSet({}).find("a"), WordSet::kNone);
}

std::string repetition(const std::string& text, const std::string& settings = "") {
  return run(*step("gopher_repetition", settings), text).rule;
}

TEST(GopherRepetition, CasesOfDatatrove) {
  EXPECT_EQ(repetition(""), "empty");
  EXPECT_EQ(repetition(repeat("I am your father.\n", 4)), "duplicate_lines");
  EXPECT_EQ(repetition(repeat("I am your father.\n\n", 4)), "duplicate_paragraphs");
  EXPECT_EQ(repetition("I am groot\n\nI am groot\n\nI am not groot, and I am much longer than groot"
                       "\n\nI am root",
                       "dup_para_frac: false\ndup_para_char_frac: 0.1"),
            "duplicate_paragraph_characters");
  EXPECT_EQ(repetition("I am Frank, I am Frank, I am Frank"), "top_2_gram");
  EXPECT_EQ(repetition("I am Frank, I am Frank, I am Frank", "top_n_grams: false"),
            "duplicate_5_grams");
  EXPECT_EQ(
      repetition("I am Frank, I am Frank, I am Frank", "top_n_grams: false\ndup_n_grams: {8: 0.1}"),
      "");
}

TEST(GopherRepetition, GramsCanBeGivenInBothForms) {
  const auto names = [](const std::string& settings) {
    const auto made = step("gopher_repetition", settings);
    return std::vector<std::string>(made->rules().begin() + 5, made->rules().end());
  };
  EXPECT_THAT(names("top_n_grams: {3: 0.1}\ndup_n_grams: [[9, 0.1], [4, 0.2]]"),
              testing::ElementsAre("top_3_gram", "duplicate_9_grams", "duplicate_4_grams"));
  for (const char* wrong : {"top_n_grams: [2, 0.2]", "top_n_grams: {x: 0.2}", "dup_n_grams: {0: 1}",
                            "dup_n_grams: {5: lots}", "dup_n_grams: {101: 1}"}) {
    EXPECT_THAT(message_of(ErrorCode::kInvalidArgument, [&] { step("gopher_repetition", wrong); }),
                testing::HasSubstr("as in {2: 0.2, 3: 0.18}"));
  }
}

// Straight from datatrove's definition, by strings.
struct Plain {
  std::vector<std::string> words;
  size_t length(size_t begin, size_t n) const {
    size_t sum = 0;
    for (size_t i = begin; i < begin + n; ++i) sum += count_characters(words[i]);
    return sum;
  }
  std::string gram(size_t begin, size_t n) const {
    std::string out;
    for (size_t i = begin; i < begin + n; ++i) out += words[i] + " ";
    return out;
  }
  size_t top(size_t n) const {
    std::map<std::string, std::pair<size_t, size_t>> seen;  // count, first
    for (size_t i = 0; i + n <= words.size(); ++i) {
      auto& [count, first] = seen.try_emplace(gram(i, n), 0, i).first->second;
      ++count;
    }
    size_t most = 0, first = 0;
    for (const auto& [text, found] : seen) {
      if (found.first > most || (found.first == most && found.second < first)) {
        std::tie(most, first) = found;
      }
    }
    return most == 0 ? 0 : (length(first, n) + n - 1) * most;
  }
  size_t duplicates(size_t n) const {
    std::map<std::string, int> seen;
    size_t sum = 0;
    for (size_t i = 0; i + n <= words.size();) {
      if (seen.contains(gram(i, n))) {
        sum += length(i, n);
        i += n;
      } else {
        seen[gram(i++, n)] = 1;
      }
    }
    return sum;
  }
};

TEST(Repetition, EqualsThePlainDefinition) {
  uint32_t state = 7;
  Repetition repetition;
  for (int trial = 0; trial < 300; ++trial) {
    const size_t kinds = 1 + static_cast<size_t>(trial % 12);
    std::string text;
    for (int i = 0; i < trial; ++i) {
      state = state * 1664525 + 1013904223;
      text += std::string(1, static_cast<char>('a' + (state >> 16) % kinds)) +
              (state >> 28 == 0 ? "é " : " ");
    }
    std::vector<Word> words;
    split_words(text, words);
    Plain plain;
    for (const Word& word : words) plain.words.emplace_back(word.in(text));
    const size_t least = 1 + static_cast<size_t>(trial % 3);
    repetition.reset(text, words, least);
    for (size_t n : {least + 3, least, least + 1, least + 7}) {
      const auto grams = repetition.ask(n);
      ASSERT_EQ(grams.top_characters, plain.top(n)) << n << ": " << text;
      ASSERT_EQ(grams.duplicate_characters, plain.duplicates(n)) << n << ": " << text;
    }
  }
}

TEST(C4, CasesOfDatatrove) {
  const auto c4 = step("c4");
  EXPECT_EQ(run(*c4, "Just one sentence.").rule, "sentences");
  EXPECT_EQ(run(*c4, "Just one sentence.").value, "1");
  const std::string good =
      "One is enough here. Two of them here. Three is a crowd. Four are more. Five do it.";
  EXPECT_EQ(run(*c4, good).rule, "");
  EXPECT_EQ(run(*c4, good + "\nThis line has a { in it.").rule, "curly_bracket");
  EXPECT_EQ(run(*c4, good + "\nThis is LOREM Ipsum, as it was.").rule, "lorem_ipsum");
  EXPECT_EQ(run(*c4, good + "\nlorem ipsum in a line that goes").rule, "");
  EXPECT_EQ(run(*step("c4", "min_num_sentences: -1"), "Just one sentence.").rule, "");
}

TEST(C4, RemovesLines) {
  const std::string good =
      "One is enough here. Two of them here. Three is a crowd. Four are more. Five do it.";
  const std::string text =
      good + "\n" + "No punctuation at the end\n" + "Too short.\n" + "It ends in an ellipsis...\n" +
      "Please enable Javascript to go on.\n" + "This site uses cookies, as they do.\n" +
      "It ends in a quote \"\n" + "A word " + std::string(1001, 'x') + " is here.\n" + "A word " +
      repeat("é", 1000) + " is here.\n" + "Known[1] since[citation needed] long [edit]ago[] [x].";
  const Outcome out = run(*step("c4"), text);
  EXPECT_EQ(out.rule, "");
  EXPECT_EQ(out.text, good + "\nIt ends in a quote \"\nA word " + repeat("é", 1000) +
                          " is here.\nKnown since long ago [x].");
  EXPECT_EQ(out.counts.at("lines_without_punctuation"), 2);
  EXPECT_EQ(out.counts.at("short_lines"), 1);
  EXPECT_EQ(out.counts.at("lines_about_javascript"), 1);
  EXPECT_EQ(out.counts.at("lines_about_policies"), 1);
  EXPECT_EQ(out.counts.at("lines_with_long_words"), 1);
}

TEST(C4, ARejectedDocumentKeepsItsText) {
  const std::string text = "Just one line.\nand a heading";
  EXPECT_EQ(run(*step("c4"), text).text, text);
}

TEST(C4, CountsSentencesOfLongLinesAsFarAsNeeded) {
  // Its only four sentences are longer than what is looked at first.
  const std::string four = repeat(repeat("Word ", 500) + "end. ", 4);
  EXPECT_EQ(run(*step("c4"), four).value, "4");
  EXPECT_EQ(run(*step("c4"), repeat(repeat("Word ", 500) + "end. Yes. ", 4)).rule, "");
}

TEST(C4, TheMessagesOfAConversationStayApart) {
  Document chat;
  chat.messages = {{"user", "Where is it now?\nno end", {}},
                   {"assistant", "It is over there.", {}}};
  chat.text = join(chat.messages);
  Subject subject(std::move(chat));
  StepFigures figures;
  const auto c4 = step("c4", "min_num_sentences: 2");
  Judge judge(c4->rules(), figures);
  c4->apply(subject, judge);
  EXPECT_FALSE(judge.rejection());
  EXPECT_EQ(subject.document().messages[0].content, "Where is it now?");
  EXPECT_EQ(subject.text(), "Where is it now?\n\nIt is over there.");
}

TEST(Mc4, WantsThreeLongLines) {
  const std::string line = repeat("é", 200) + "\n";
  EXPECT_EQ(run(*step("mc4"), repeat(line, 2) + repeat("é", 199)).rule, "long_lines");
  EXPECT_EQ(run(*step("mc4"), repeat(line, 3)).rule, "");
  EXPECT_EQ(run(*step("mc4", "min_paragraphs: false"), "").rule, "");
  EXPECT_EQ(run(*step("mc4", "min_paragraphs: 1\nmin_paragraph_len: 5"), "12345").rule, "");
}

TEST(Fineweb, CasesOfDatatrove) {
  const auto fineweb = step("fineweb");
  const std::string line = "This is a line of more than thirty characters";
  EXPECT_EQ(run(*fineweb, "").rule, "empty");
  EXPECT_EQ(run(*fineweb, " \n\t\n").rule, "empty");
  EXPECT_EQ(run(*fineweb, line + " a\n" + line + " b").rule, "lines_with_punctuation");
  EXPECT_EQ(run(*fineweb, line + ".\nshort.\nbrief.").rule, "");  // 2/3 is less than 0.67
  EXPECT_EQ(run(*fineweb, line + ".\nshort.\nbrief.\nlittle.").rule, "short_lines");
  EXPECT_EQ(run(*fineweb, line + ".\n" + line + ".").rule, "duplicate_line_characters");
  EXPECT_EQ(run(*fineweb, "interdenominationalistically speaking.\n\n\n\n\n" + line + "።").rule,
            "newlines_per_word");
  EXPECT_EQ(run(*step("fineweb", "line_punct_exclude_zero: true"), line).rule, "");
  EXPECT_EQ(run(*step("fineweb", "stop_chars: [s]"), line).rule, "");
}

TEST(Scan, LinesAndPiecesAsPythonHasThem) {
  std::vector<std::string_view> lines;
  split_any_lines("a\r\nb\rc\x0b\n\xC2\x85z\xE2\x80\xA8\xC3\xA9\xE2\x80\xA6", lines);
  EXPECT_THAT(lines, testing::ElementsAre("a", "b", "c", "", "", "z", "é…"));
  split_any_lines("", lines);
  EXPECT_TRUE(lines.empty());
  split_at_breaks("\n\na\nb\n\n\nc\n", 2, lines);
  EXPECT_THAT(lines, testing::ElementsAre("", "a\nb", "c\n"));
  EXPECT_EQ(strip("\x1C\xC2\xA0\xE3\x80\x80 a b\xE2\x80\x83\n"), "a b");
  EXPECT_EQ(count_pieces(" a\xE2\x80\x83"
                         "bc  d ",
                         9),
            3u);
  EXPECT_FALSE(has_longer_piece(repeat("éé\xE2\x80\x83", 50), 2));
  EXPECT_TRUE(has_longer_piece(repeat("éé\xE2\x80\x83", 50) + "ééé", 2));
  EXPECT_TRUE(has_longer_piece("ééé " + repeat("éé ", 50), 2));
}

}  // namespace
}  // namespace fundi::curate
