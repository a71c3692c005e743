#include "curate/steps/repetition.h"

#include <cassert>

#include "curate/steps/word_hash.h"

namespace fundi::curate {
namespace {

constexpr uint64_t kBase = 0xD6E8FEB86659FD93ULL;

}  // namespace

void Repetition::reset(std::string_view text, std::span<const Word> words, size_t least) {
  assert(least >= 1);
  words_ = words.size();
  least_ = least;
  level_ = least - 1;
  grams_.clear();
  hashes_.resize(words_ + 1);
  characters_.resize(words_ + 1);
  hashes_[0] = 0;
  characters_[0] = 0;
  for (size_t i = 0; i < words_; ++i) {
    hashes_[i + 1] = hashes_[i] * kBase + hash_word(words[i].in(text));
    characters_[i + 1] = characters_[i] + words[i].characters;
  }
}

uint64_t Repetition::hash_of(size_t begin, size_t n) const {
  return hashes_[begin + n] - hashes_[begin] * powers_[n];
}

void Repetition::next_level() {
  const size_t n = ++level_;
  while (powers_.size() <= n) powers_.push_back(powers_.empty() ? 1 : powers_.back() * kBase);
  if (n == least_) {
    repeated_.clear();
    for (size_t i = 0; i + n <= words_; ++i) repeated_.push_back({static_cast<uint32_t>(i), 0});
  } else {
    size_t kept = 0;
    for (size_t i = 0; i + 1 < repeated_.size(); ++i) {
      const Gram gram = repeated_[i];
      if (repeated_[i + 1].begin == gram.begin + 1) repeated_[kept++] = gram;
    }
    repeated_.resize(kept);
  }
  keep_repeated(n);
  grams_.push_back(measure(n));
}

void Repetition::keep_repeated(size_t n) {
  set_.reset(repeated_.size());
  if (counts_.size() < set_.slots()) counts_.resize(set_.slots());
  for (Gram& gram : repeated_) {
    const auto [slot, inserted] = set_.find_or_insert(hash_of(gram.begin, n));
    gram.slot = static_cast<uint32_t>(slot);
    counts_[slot] = inserted ? 1 : counts_[slot] + 1;
  }
  std::erase_if(repeated_, [&](const Gram& gram) { return counts_[gram.slot] < 2; });
}

Repetition::Grams Repetition::measure(size_t n) {
  Grams grams;
  if (words_ < n) return grams;
  uint32_t most = 1;
  size_t top = 0;
  for (const Gram& gram : repeated_) {
    if (counts_[gram.slot] > most) {
      most = counts_[gram.slot];
      top = gram.begin;
    }
  }
  grams.top_characters = (characters_of(top, n) + n - 1) * most;

  size_t next = 0;
  for (const Gram& gram : repeated_) {
    if (gram.begin < next) continue;
    // A count of 0 marks an n-gram that was gone through. One that was first met inside a skipped
    // stretch has not been.
    if (counts_[gram.slot] == 0) {
      grams.duplicate_characters += characters_of(gram.begin, n);
      next = gram.begin + n;
    } else {
      counts_[gram.slot] = 0;
    }
  }
  return grams;
}

Repetition::Grams Repetition::ask(size_t n) {
  assert(n >= least_);
  while (level_ < n) next_level();
  return grams_[n - least_];
}

}  // namespace fundi::curate
