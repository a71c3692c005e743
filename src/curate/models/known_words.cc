#include "curate/models/known_words.h"

#include <algorithm>

#include "curate/models/folds.h"
#include "curate/steps/scan.h"

namespace fundi::curate {

void fold_word(std::string_view word, std::string& out) {
  out.clear();
  for_each_folded(word, [&](char32_t c) { text::append_utf8(out, c); });
}

KnownWords::KnownWords(std::vector<std::string> stop_words, std::string_view letters)
    : stop_words_(stop_words), letters_(Folds::kSize) {
  for (const std::string& word : stop_words) longest_ = std::max(longest_, word.size());
  for_each_folded(letters, [&](char32_t c) {
    if (c < letters_.size()) letters_[c] = true;
  });
}

double KnownWords::stop_word_share(std::string_view text, std::span<const Word> words) const {
  thread_local std::string folded;
  size_t all = 0, known = 0;
  for (const Word& word : words) {
    if (!word.has_letter) continue;
    ++all;
    if (word.length > longest_ + 2) continue;  // a small letter may be a byte or two shorter
    fold_word(word.in(text), folded);
    known += stop_words_.find(folded) != WordSet::kNone;
  }
  return all == 0 ? 1 : ratio(static_cast<double>(known), static_cast<double>(all));
}

double KnownWords::letter_share(std::string_view text) const {
  const Folds& folds = Folds::get();
  size_t all = 0, known = 0;
  for_each_folded(text, [&](char32_t c) {
    if (!folds.is_letter(c)) return;
    ++all;
    known += letters_[c];
  });
  return all == 0 ? 1 : ratio(static_cast<double>(known), static_cast<double>(all));
}

}  // namespace fundi::curate
