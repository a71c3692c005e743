#include "text/word_counter.h"

#include "base/error.h"
#include "base/hash.h"

namespace fundi::text {

void WordCounter::add(std::string_view word, int64_t count) {
  if (words_.size() * 2 >= slots_.size()) grow();
  const uint64_t hash = hash64(word);
  const auto tag = static_cast<uint32_t>(hash >> 32);
  const size_t mask = slots_.size() - 1;
  size_t i = hash & mask;
  for (; slots_[i] != 0; i = (i + 1) & mask) {
    Word& known = words_[slots_[i] - 1];
    if (known.tag == tag && text(known) == word) {
      known.count += count;
      return;
    }
  }
  if (words_.size() >= UINT32_MAX - 1 || word.size() >= UINT32_MAX) {
    fail(ErrorCode::kInvalidArgument,
         "too many distinct words, or a word of 4 GB; train the tokenizer on a sample");
  }
  words_.push_back({bytes_.size(), static_cast<uint32_t>(word.size()), tag, count});
  bytes_.append(word);
  slots_[i] = static_cast<uint32_t>(words_.size());
}

void WordCounter::add_all(const WordCounter& other) {
  for (const Word& word : other.words_) add(other.text(word), word.count);
}

void WordCounter::grow() {
  slots_.assign(slots_.empty() ? 4096 : slots_.size() * 2, 0);
  const size_t mask = slots_.size() - 1;
  for (size_t w = 0; w < words_.size(); ++w) {
    size_t i = hash64(text(words_[w])) & mask;
    while (slots_[i] != 0) i = (i + 1) & mask;
    slots_[i] = static_cast<uint32_t>(w + 1);
  }
}

}  // namespace fundi::text
