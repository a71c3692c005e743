#include "curate/models/learn_profile.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "curate/language/tag.h"
#include "curate/models/folds.h"
#include "curate/models/known_words.h"
#include "curate/models/learn_limits.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

constexpr size_t kPassage = 2000, kLeastPassage = 200;  // bytes
constexpr size_t kFolds = 5;
constexpr double kLow = 0.01, kHigh = 0.99, kSigmas = 3;
constexpr double kLeastPassages = 0.1;         // of all: where a stop word is
constexpr double kLeastLetters = 1 / 20000.0;  // of all

struct Passage {
  std::string_view text;
  size_t document;
};

// A fraction of the passages says where texts that are still good may lie.
double lower_limit(std::vector<double> values) {
  const double low = quantile(values, kLow), median = quantile(values, 0.5);
  return std::max(0.0, low - (median - low) / 2);
}

// Whole documents if they are short; else cut at white space where there is some.
void cut(std::string_view text, size_t document, std::vector<Passage>& passages) {
  bool first = true;
  while (!text.empty()) {
    size_t end = std::min(kPassage, text.size());
    if (end < text.size()) {
      const size_t space = text.rfind(' ', end);
      if (space != std::string_view::npos && space > kPassage / 2) end = space;
      while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    }
    if (first || end >= kLeastPassage) passages.push_back({text.substr(0, end), document});
    first = false;
    text.remove_prefix(end);
  }
}

std::string find_letters(const std::vector<Passage>& passages) {
  const Folds& folds = Folds::get();
  std::map<char32_t, size_t> counts;
  size_t all = 0;
  for (const Passage& passage : passages) {
    for_each_folded(passage.text, [&](char32_t c) {
      if (folds.is_letter(c)) ++counts[c], ++all;
    });
  }
  std::vector<std::pair<size_t, char32_t>> found;
  for (const auto& [c, n] : counts) {
    if (static_cast<double>(n) >= kLeastLetters * static_cast<double>(all)) {
      found.emplace_back(all - n, c);
    }
  }
  std::sort(found.begin(), found.end());
  std::string letters;
  for (const auto& [rank, c] : found) text::append_utf8(letters, c);
  return letters;
}

std::vector<std::string> find_stop_words(const std::vector<Passage>& passages) {
  struct Seen {
    size_t passages = 0, characters = 0;
  };
  std::unordered_map<std::string, Seen> seen;
  std::vector<Word> words;
  std::string folded;
  size_t all = 0, characters = 0;
  for (const Passage& passage : passages) {
    split_words(passage.text, words);
    std::set<std::string> here;
    for (const Word& word : words) {
      if (!word.has_letter) continue;
      ++all;
      characters += word.characters;
      fold_word(word.in(passage.text), folded);
      if (here.insert(folded).second) seen[folded] = {seen[folded].passages + 1, word.characters};
    }
  }
  const double mean = std::ceil(static_cast<double>(characters) / static_cast<double>(all));
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const auto& [word, at] : seen) {
    const bool often =
        static_cast<double>(at.passages) >= kLeastPassages * static_cast<double>(passages.size());
    if (often && at.passages > 1 && static_cast<double>(at.characters) <= mean) {
      ranked.emplace_back(passages.size() - at.passages, word);
    }
  }
  std::sort(ranked.begin(), ranked.end());
  if (ranked.size() > ProfileLearner::kStopWords) ranked.resize(ProfileLearner::kStopWords);
  std::vector<std::string> stop_words;
  for (auto& [rank, word] : ranked) stop_words.push_back(std::move(word));
  return stop_words;
}

// Bits a character of each passage, under a model that has not seen it.
std::vector<double> held_out_bits(const std::vector<Passage>& passages, size_t documents) {
  const auto fold_of = [&](size_t i) {
    return (documents >= ProfileLearner::kLeastDocuments ? passages[i].document : i) % kFolds;
  };
  std::array<std::vector<double>, kFolds> bits;
  parallel_each(kFolds, [&](int64_t fold) {
    std::vector<std::string_view> others;
    for (size_t i = 0; i < passages.size(); ++i) {
      if (fold_of(i) != static_cast<size_t>(fold)) others.push_back(passages[i].text);
    }
    const CharModel model(CharCounts::count(others));
    for (size_t i = 0; i < passages.size(); ++i) {
      if (fold_of(i) != static_cast<size_t>(fold)) continue;
      const CharModel::Score score = model.score(passages[i].text);
      if (score.characters > 0) {
        bits[static_cast<size_t>(fold)].push_back(score.bits_per_character());
      }
    }
  });
  std::vector<double> all;
  for (const auto& part : bits) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Profile::Perplexity spread(std::vector<double> bits) {
  const double median = quantile(bits, 0.5);
  std::vector<double> distances;
  for (const double value : bits) distances.push_back(std::abs(value - median));
  const double sigma = 1.4826 * quantile(distances, 0.5);  // as of a normal distribution
  const double most = std::max(median + kSigmas * sigma, quantile(bits, kHigh));
  return {std::exp2(median), sigma, std::exp2(most)};
}

}  // namespace

struct ProfileLearner::State {
  std::string language;
  std::deque<std::string> texts;  // stay where they are
  std::vector<Passage> passages;
  std::set<uint64_t> seen;
  LimitLearner limits;
  uint64_t bytes = 0;
};

ProfileLearner::ProfileLearner(std::string language) : state_(std::make_unique<State>()) {
  state_->language = language_tag(language);
  if (state_->language.empty()) {
    fail(ErrorCode::kInvalidArgument, "'{}' is no language; write BCP 47: sw, ha-Arab", language);
  }
}
ProfileLearner::~ProfileLearner() = default;

bool ProfileLearner::add(Document document) {
  if (state_->bytes >= kMostBytes) return false;
  if (!state_->seen.insert(hash64(document.text)).second) return true;
  state_->bytes += document.text.size();
  document.language = state_->language;
  Subject subject(std::move(document));
  state_->limits.add(subject);
  state_->texts.push_back(std::move(std::move(subject).release().text));
  cut(state_->texts.back(), state_->texts.size() - 1, state_->passages);
  return true;
}

Profile ProfileLearner::learn() {
  Profile profile;
  profile.language = state_->language;
  profile.documents = state_->texts.size();
  const std::vector<Passage>& passages = state_->passages;
  std::vector<std::string_view> texts;
  for (const Passage& passage : passages) {
    texts.push_back(passage.text);
    for_each_folded(passage.text, [&](char32_t) { ++profile.characters; });
  }
  profile.letters = find_letters(passages);
  if (profile.characters < kLeastCharacters || profile.letters.empty() ||
      passages.size() < kFolds) {
    fail(ErrorCode::kInvalidArgument,
         "{} characters in {} texts are too little to learn a language from; give at least {} "
         "(better 500,000) in {}",
         profile.characters, passages.size(), kLeastCharacters, kFolds);
  }
  if (profile.documents >= kLeastDocuments) profile.thresholds = state_->limits.learn();
  profile.stop_words = find_stop_words(passages);
  const KnownWords known(profile.stop_words, profile.letters);
  std::vector<double> stop_words, letters;
  std::vector<Word> words;
  for (const Passage& passage : passages) {
    split_words(passage.text, words);
    stop_words.push_back(known.stop_word_share(passage.text, words));
    letters.push_back(known.letter_share(passage.text));
  }
  profile.min_stop_words = lower_limit(std::move(stop_words));
  profile.min_letters = lower_limit(std::move(letters));
  profile.perplexity = spread(held_out_bits(passages, state_->texts.size()));
  profile.counts = CharCounts::count(texts);
  return profile;
}

}  // namespace fundi::curate
