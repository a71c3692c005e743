#include <algorithm>
#include <vector>

#include "curate/steps/all.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"
#include "curate/steps/stop_words.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

enum Rule : size_t {
  kWords,
  kMeanWordLength,
  kHashes,
  kEllipses,
  kBulletLines,
  kEllipsisLines,
  kAlphaWords,
  kStopWords
};
constexpr std::string_view kRules[] = {
    "words",        "mean_word_length", "hashes_per_word",  "ellipses_per_word",
    "bullet_lines", "ellipsis_lines",   "alphabetic_words", "stop_words"};

constexpr std::string_view kEllipsis = "\xE2\x80\xA6";  // U+2026

struct Settings {
  std::optional<double> min_words, max_words, min_mean_length, max_mean_length, symbols, bullets,
      ellipsis_lines, alphabetic, stop_words;
};

// What the rules ask of the words.
struct WordCounts {
  size_t words = 0, with_letter = 0;
  size_t not_symbols = 0, characters = 0;  // words of more than punctuation, and their characters
};

bool is_symbol(std::string_view word) {
  for (size_t pos = 0; pos < word.size();) {
    const text::CodePoint c = text::code_point_at(word, pos);
    if (!is_datatrove_punctuation(c.value)) return false;
    pos += c.length;
  }
  return true;
}

WordCounts count_words(std::string_view text, std::span<const Word> words) {
  WordCounts counts{.words = words.size()};
  for (const Word& word : words) {
    counts.with_letter += word.has_letter;
    if (!word.has_letter && is_symbol(word.in(text))) continue;
    ++counts.not_symbols;
    counts.characters += word.characters;
  }
  return counts;
}

size_t distinct_stop_words(std::string_view text, std::span<const Word> words,
                           const WordSet& stop_words) {
  thread_local std::vector<bool> seen;
  seen.assign(stop_words.size(), false);
  size_t distinct = 0;
  for (const Word& word : words) {
    const size_t index = stop_words.find(word.in(text));
    if (index == WordSet::kNone || seen[index]) continue;
    seen[index] = true;
    ++distinct;
  }
  return distinct;
}

class GopherQuality : public DocumentStep {
 public:
  GopherQuality(const Config& config, StepContext& context) : stop_words_(config, context) {
    set_.min_words = threshold(config, "min_doc_words", 50);
    set_.max_words = threshold(config, "max_doc_words", 100000);
    set_.min_mean_length = threshold(config, "min_avg_word_length", 3);
    set_.max_mean_length = threshold(config, "max_avg_word_length", 10);
    set_.symbols = threshold(config, "max_symbol_word_ratio", 0.1);
    set_.bullets = threshold(config, "max_bullet_lines_ratio", 0.9, kZeroToOne);
    set_.ellipsis_lines = threshold(config, "max_ellipsis_lines_ratio", 0.3, kZeroToOne);
    // datatrove calls this lower limit max_non_alpha_words_ratio.
    set_.alphabetic = threshold(config, "max_non_alpha_words_ratio", 0.8, kZeroToOne);
    set_.alphabetic = threshold(config, "min_alpha_words_ratio", set_.alphabetic, kZeroToOne);
    set_.stop_words = threshold(config, "min_stop_words", 2);
    config.finish();
    check_order(config, "min_doc_words", set_.min_words, "max_doc_words", set_.max_words);
    check_order(config, "min_avg_word_length", set_.min_mean_length, "max_avg_word_length",
                set_.max_mean_length);
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    const std::string_view text = subject.text();
    const WordCounts n = count_words(text, subject.words());
    const auto words = static_cast<double>(n.words);
    const auto not_symbols = static_cast<double>(n.not_symbols);
    if (!ask_between(judge, kWords, not_symbols, set_.min_words, set_.max_words)) return;
    if (!ask_between(judge, kMeanWordLength, ratio(static_cast<double>(n.characters), not_symbols),
                     set_.min_mean_length, set_.max_mean_length)) {
      return;
    }
    const auto hashes = static_cast<double>(count_byte(text, '#'));
    if (!ask_at_most(judge, kHashes, ratio(hashes, words), set_.symbols)) return;
    const auto ellipses =
        static_cast<double>(count_text(text, "...") + count_text(text, kEllipsis));
    if (!ask_at_most(judge, kEllipses, ratio(ellipses, words), set_.symbols)) return;
    if (!lines_pass(text, judge)) return;
    if (!ask_at_least(judge, kAlphaWords, ratio(static_cast<double>(n.with_letter), words),
                      set_.alphabetic)) {
      return;
    }
    stop_words_pass(subject, judge);
  }

 private:
  bool lines_pass(std::string_view text, Judge& judge) const {
    thread_local std::vector<std::string_view> lines;
    split_any_lines(text, lines);
    size_t bullets = 0, ellipses = 0;
    for (const std::string_view line : lines) {
      const std::string_view left = strip_left(line), right = strip_right(line);
      bullets += left.starts_with('-') || left.starts_with("\xE2\x80\xA2");  // U+2022
      ellipses += right.ends_with("...") || right.ends_with(kEllipsis);
    }
    const auto n = static_cast<double>(lines.size());
    return ask_at_most(judge, kBulletLines, ratio(static_cast<double>(bullets), n), set_.bullets) &&
           ask_at_most(judge, kEllipsisLines, ratio(static_cast<double>(ellipses), n),
                       set_.ellipsis_lines);
  }

  void stop_words_pass(Subject& subject, Judge& judge) const {
    if (!set_.stop_words) return;
    const WordSet* const list = stop_words_.of(subject.document().language);
    if (list == nullptr) return judge.count("no_stop_words");
    const size_t distinct = distinct_stop_words(subject.text(), subject.words(), *list);
    judge.at_least(kStopWords, static_cast<double>(distinct), *set_.stop_words);
  }

  Settings set_;
  StopWords stop_words_;
};

}  // namespace

DocumentStepKind gopher_quality_step() {
  return {.name = "gopher_quality",
          .description = "Gopher's quality rules (Rae et al. 2021), as datatrove defines them",
          .make = [](const Config& config, StepContext& context) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<GopherQuality>(config, context);
          }};
}

}  // namespace fundi::curate
