#include "curate/words/words.h"

#include <unicode/ucasemap.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "curate/steps/all.h"
#include "curate/steps/scan.h"
#include "curate/steps/settings.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

enum Rule : size_t { kCount, kFraction };
constexpr std::string_view kRules[] = {"forbidden_words", "forbidden_fraction"};

// Lower case by Unicode's folding, whatever the language.
void fold_case(std::string_view text, std::string& out) {
  out.assign(text);
  if (text::is_ascii(text)) {
    for (char& c : out) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return;
  }
  struct Close {
    void operator()(UCaseMap* map) const { ucasemap_close(map); }
  };
  UErrorCode status = U_ZERO_ERROR;
  thread_local const std::unique_ptr<UCaseMap, Close> map(
      ucasemap_open("", U_FOLD_CASE_DEFAULT, &status));
  out.resize(text.size() * 3 + 1);  // folding makes no text longer than that
  const int32_t length =
      ucasemap_utf8FoldCase(map.get(), out.data(), static_cast<int32_t>(out.size()), text.data(),
                            static_cast<int32_t>(text.size()), &status);
  if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU: {}", u_errorName(status));
  out.resize(static_cast<size_t>(length));
}

// Settings: words (a list) and words_file (one a line): words or phrases; ignore_case (true);
// max_count (0; how often they may occur), max_fraction (of the words; false).
class ForbiddenWords : public DocumentStep {
 public:
  ForbiddenWords(const Config& config, StepContext& context) {
    ignore_case_ = config.get("ignore_case", true);
    max_fraction_ = threshold(config, "max_fraction", std::nullopt, kZeroToOne);
    std::optional<double> none;
    if (!config.has("max_fraction")) none = 0;
    max_count_ = threshold(config, "max_count", none);
    std::vector<Word> words;
    for (const std::string& entry : entries(config, context, "words")) {
      split_words(entry, words);
      Phrase phrase;
      for (const Word& word : words) phrase.words.push_back(hash_of(word.in(entry)));
      if (phrase.words.empty()) continue;
      by_first_[phrase.words.front()].push_back(std::move(phrase));
    }
    config.finish();
    if (!max_count_ && !max_fraction_) {
      fail(ErrorCode::kInvalidArgument, "{}: give a number, or max_fraction one",
           config.where("max_count"));
    }
    if (by_first_.empty()) {
      fail(ErrorCode::kInvalidArgument, "{}: name at least one word here or in words_file",
           config.where("words"));
    }
    // Of phrases that begin alike the longest is meant.
    for (auto& [first, phrases] : by_first_) {
      std::stable_sort(phrases.begin(), phrases.end(), [](const Phrase& a, const Phrase& b) {
        return a.words.size() > b.words.size();
      });
    }
  }

  std::span<const std::string_view> rules() const override { return kRules; }

  void apply(Subject& subject, Judge& judge) const override {
    thread_local std::vector<uint64_t> hashes;
    hashes.clear();
    for (const Word& word : subject.words()) hashes.push_back(hash_of(word.in(subject.text())));
    size_t count = 0, covered = 0;
    for (size_t i = 0; i < hashes.size();) {
      const size_t length = match(std::span<const uint64_t>(hashes).subspan(i));
      count += length > 0;
      covered += length;
      i += std::max<size_t>(1, length);
    }
    if (!ask_at_most(judge, kCount, static_cast<double>(count), max_count_)) return;
    const double fraction = ratio(static_cast<double>(covered), static_cast<double>(hashes.size()));
    ask_at_most(judge, kFraction, fraction, max_fraction_);
  }

 private:
  struct Phrase {
    std::vector<uint64_t> words;
  };

  uint64_t hash_of(std::string_view word) const {
    if (!ignore_case_) return hash64(word);
    thread_local std::string folded;
    fold_case(word, folded);
    return hash64(folded);
  }

  // How many words the phrase at the beginning has, or 0.
  size_t match(std::span<const uint64_t> hashes) const {
    const auto found = by_first_.find(hashes.front());
    if (found == by_first_.end()) return 0;
    for (const Phrase& phrase : found->second) {
      const size_t n = phrase.words.size();
      if (n <= hashes.size() &&
          std::equal(phrase.words.begin(), phrase.words.end(), hashes.begin()))
        return n;
    }
    return 0;
  }

  bool ignore_case_;
  std::optional<double> max_count_, max_fraction_;
  std::unordered_map<uint64_t, std::vector<Phrase>> by_first_;
};

}  // namespace

DocumentStepKind words_step() {
  return {.name = "words",
          .description = "Turns documents away for words and phrases from a list",
          .make = [](const Config& config, StepContext& context) -> std::unique_ptr<DocumentStep> {
            return std::make_unique<ForbiddenWords>(config, context);
          }};
}

}  // namespace fundi::curate
