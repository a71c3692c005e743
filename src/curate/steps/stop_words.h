#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/config.h"
#include "curate/step.h"

namespace fundi::curate {

// The very frequent words of a language by which running text is known, from the lists that are
// built in, by BCP 47 tag: "en" is datatrove's list of eight. Empty for a language without one.
std::span<const std::string_view> built_in_stop_words(std::string_view language);

// A set of words that is asked once for every word of a text.
class WordSet {
 public:
  static constexpr size_t kNone = SIZE_MAX;
  explicit WordSet(std::vector<std::string> words);
  size_t size() const { return words_.size(); }
  // The index of a word among the sorted ones, or kNone.
  size_t find(std::string_view word) const;

 private:
  size_t slot_of(std::string_view word) const;
  std::vector<std::string> words_;
  uint64_t lengths_[256] = {};   // by first byte: bit n for a word of n bytes, bit 63 for longer
  std::vector<uint32_t> slots_;  // open addressing; 0: empty, else an index plus one
};

// Which words count for which document.
//   stop_words: [ya, wa, na]            for all documents
//   stop_words: {sw: [ya, wa], luo: []} by language, before the built-in lists
//   stop_words_file: words.txt          one a line, for all documents
class StopWords {
 public:
  StopWords(const Config& config, StepContext& context);
  // Null where there is no list for the language in its script.
  const WordSet* of(std::string_view language) const;

 private:
  std::map<std::string, WordSet, std::less<>> by_language_;
  std::vector<WordSet> for_all_;  // none or one
};

}  // namespace fundi::curate
