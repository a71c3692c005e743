#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "curate/steps/stop_words.h"
#include "curate/words/words.h"

namespace fundi::curate {

// A language's stop words and letters, for asking how much of a text is made of them. Any thread.
class KnownWords {
 public:
  // Both folded (folds.h).
  KnownWords(std::vector<std::string> stop_words, std::string_view letters);

  // Of the words with a letter; 1 if there are none.
  double stop_word_share(std::string_view text, std::span<const Word> words) const;
  // Of the letters; 1 if there are none.
  double letter_share(std::string_view text) const;

 private:
  WordSet stop_words_;
  size_t longest_ = 0;  // bytes
  std::vector<bool> letters_;
};

// A word as the stop words are written. Replaces `out`.
void fold_word(std::string_view word, std::string& out);

}  // namespace fundi::curate
