#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "curate/steps/all.h"
#include "curate/steps/phrases.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"
#include "curate/words/sentences.h"

namespace fundi::curate {
namespace {

enum Rule : size_t { kLoremIpsum, kCurlyBracket, kSentences };
constexpr std::string_view kRules[] = {"lorem_ipsum", "curly_bracket", "sentences"};

enum Phrase : size_t { kLorem, kJavascript };  // all others are about policies
constexpr std::string_view kPhrases[] = {"lorem ipsum",    "javascript",    "terms of use",
                                         "privacy policy", "cookie policy", "uses cookies",
                                         "use of cookies", "use cookies"};

struct Settings {
  bool split_paragraph, remove_citations, terminal_punctuation, lorem_ipsum, javascript,
      curly_bracket, policy;
  std::optional<double> min_sentences, min_words, max_word_length;
};

// Bytes of "[12]", "[]", "[edit]" or "[citation needed]" where `text` begins with one, or 0.
size_t citation_at(std::string_view text) {
  for (const std::string_view fixed : {"[edit]", "[citation needed]"}) {
    if (text.starts_with(fixed)) return fixed.size();
  }
  size_t end = 1;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return end < text.size() && text[end] == ']' ? end + 1 : 0;
}

// `line`, or what is left of it in `buffer`.
std::string_view without_citations(std::string_view line, std::string& buffer) {
  size_t open = line.find('[');
  if (open == std::string_view::npos) return line;
  buffer.clear();
  size_t copied = 0;
  for (; open != std::string_view::npos; open = line.find('[', open)) {
    const size_t length = citation_at(line.substr(open));
    if (length == 0) {
      ++open;
      continue;
    }
    buffer += line.substr(copied, open - copied);
    copied = open += length;
  }
  buffer += line.substr(copied);
  return buffer;
}

// Which of the phrases a line holds, as bits. Asked line by line, from the first to the last; most
// texts hold none, which the first question finds out for the whole text.
class PhraseMarks {
 public:
  explicit PhraseMarks(std::string_view text) : text_(text) { advance(0); }
  uint32_t of(std::string_view line) {
    const auto begin = static_cast<size_t>(line.data() - text_.data());
    uint32_t marks = 0;
    for (; next_.begin < begin + line.size(); advance(next_.begin + 1)) {
      if (next_.begin >= begin) marks |= uint32_t{1} << next_.phrase;
    }
    return marks;
  }

 private:
  void advance(size_t from) {
    static const PhraseFinder finder(kPhrases);
    next_ = finder.find(text_, from);
  }
  std::string_view text_;
  PhraseFinder::Match next_{};
};

class C4 : public DocumentStep {
 public:
  explicit C4(const Config& config) {
    set_.split_paragraph = config.get("split_paragraph", true);
    set_.remove_citations = config.get("remove_citations", true);
    set_.terminal_punctuation = config.get("filter_no_terminal_punct", true);
    constexpr Bounds kCounts = {-1, 1e9};  // datatrove turns a rule off by -1
    set_.min_sentences = threshold(config, "min_num_sentences", 5, kCounts);
    set_.min_words = threshold(config, "min_words_per_line", 3, kCounts);
    set_.max_word_length = threshold(config, "max_word_length", 1000, kCounts);
    if (set_.max_word_length && *set_.max_word_length < 0) set_.max_word_length.reset();
    set_.lorem_ipsum = config.get("filter_lorem_ipsum", true);
    set_.javascript = config.get("filter_javascript", true);
    set_.curly_bracket = config.get("filter_curly_bracket", true);
    set_.policy = config.get("filter_policy", true);
    config.finish();
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const Document& document = subject.document();
    Tally tally;
    std::vector<std::string> kept;
    if (document.messages.empty()) {
      kept.push_back(keep_lines(document.text, tally));
    } else {
      for (const Message& message : document.messages) {
        kept.push_back(keep_lines(message.content, tally));
      }
    }
    if (!judge.forbid(kLoremIpsum, tally.lorem_ipsum, "lorem ipsum")) return;
    if (!judge.forbid(kCurlyBracket, tally.curly_bracket, "{")) return;
    if (!ask_at_least(judge, kSentences, static_cast<double>(tally.sentences),
                      set_.min_sentences)) {
      return;
    }
    if (judge.rejection()) return;  // its story is told; the text stays as it is
    size_t part = 0;
    subject.edit([&](std::string_view) { return std::move(kept[part++]); });
    for (const auto& [what, n] : tally.removed) judge.count(what, n);
  }

 private:
  struct Tally {
    bool lorem_ipsum = false, curly_bracket = false;
    // Counted as far as the limit only: finding sentences takes longer than all else.
    size_t sentences = 0;
    std::map<std::string_view, int64_t> removed;
  };

  // Why a line goes, or an empty text. `brief`: it was so before its citations went.
  std::string_view reason(std::string_view line, bool brief, uint32_t marks, Tally& tally) const {
    const auto has = [&](Phrase phrase) { return (marks >> phrase & 1) != 0; };
    if (set_.terminal_punctuation && !ends_well(line)) return "lines_without_punctuation";
    if (brief) return "short_lines";
    tally.lorem_ipsum = set_.lorem_ipsum && has(kLorem);
    if (tally.lorem_ipsum) return "";
    if (set_.javascript && has(kJavascript)) return "lines_about_javascript";
    tally.curly_bracket = set_.curly_bracket && line.find('{') != std::string_view::npos;
    if (tally.curly_bracket) return "";
    if (set_.policy && marks >> (kJavascript + 1) != 0) return "lines_about_policies";
    return "";
  }

  static bool ends_well(std::string_view line) {
    if (line.empty() || line.ends_with("...")) return false;
    return std::string_view(".?!\"'").find(line.back()) != std::string_view::npos;
  }

  // The lines that stay. Leaves early when the document is lost.
  std::string keep_lines(std::string_view text, Tally& tally) const {
    thread_local std::vector<std::string_view> lines;
    thread_local std::string buffer;
    if (set_.split_paragraph) {
      split_any_lines(text, lines);
    } else {
      split_sentences(text, lines);
    }
    PhraseMarks phrases(text);
    std::string kept;
    kept.reserve(text.size());
    bool first = true;
    for (const std::string_view raw : lines) {
      std::string_view line = strip(raw);
      uint32_t marks = phrases.of(line);
      if (set_.max_word_length &&
          has_longer_piece(line, static_cast<size_t>(*set_.max_word_length))) {
        ++tally.removed["lines_with_long_words"];
        continue;
      }
      const bool brief = is_brief(line);
      if (set_.remove_citations) {
        const size_t before = line.size();
        line = without_citations(line, buffer);
        if (line.size() != before) marks = PhraseMarks(line).of(line);
      }
      const std::string_view why = reason(line, brief, marks, tally);
      if (tally.lorem_ipsum || tally.curly_bracket) return kept;
      if (!why.empty()) {
        ++tally.removed[why];
        continue;
      }
      count_sentences(line, tally);
      if (!first) kept += set_.split_paragraph ? '\n' : ' ';
      first = false;
      kept += line;
    }
    return std::string(strip(kept));
  }

  bool is_brief(std::string_view line) const {
    if (!set_.min_words || *set_.min_words <= 0) return false;
    const auto enough = static_cast<size_t>(std::ceil(*set_.min_words));
    return count_pieces(line, enough) < enough;
  }

  void count_sentences(std::string_view line, Tally& tally) const {
    if (!set_.split_paragraph) {
      ++tally.sentences;
      return;
    }
    if (!set_.min_sentences) return;
    const double limit = *set_.min_sentences;
    thread_local std::vector<std::string_view> sentences;
    // The beginning of a long line tells whether there are enough. Its last two sentences may be
    // cut otherwise than in the whole.
    for (size_t part = kFirstPart; static_cast<double>(tally.sentences) < limit; part *= 4) {
      const bool whole = part >= line.size();
      const size_t space = whole ? line.size() : line.rfind(' ', part);
      if (space == std::string_view::npos) continue;
      split_sentences(line.substr(0, space), sentences);
      const size_t found = whole ? std::max<size_t>(1, sentences.size())
                                 : sentences.size() - std::min<size_t>(2, sentences.size());
      if (!whole && static_cast<double>(tally.sentences + found) < limit) continue;
      tally.sentences += found;
      return;
    }
  }

  static constexpr size_t kFirstPart = 1000;
  Settings set_;
};

}  // namespace

DocumentStepKind c4_step() {
  return {.name = "c4",
          .description =
              "C4's rules for lines and documents (Raffel et al. 2020), as datatrove defines "
              "them; edits the text",
          .make = [](const Config& config, StepContext&) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<C4>(config);
          }};
}

}  // namespace fundi::curate
