// Any text: words, sentences and shingles lie inside it, in order.
// modules: curate

#include <cstdlib>
#include <string>

#include "curate/language/sample.h"
#include "curate/words/sentences.h"
#include "curate/words/simplify.h"
#include "curate/words/words.h"
#include "text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text =
      fundi::text::replace_invalid_utf8({reinterpret_cast<const char*>(data), size});
  std::vector<fundi::curate::Word> words;
  fundi::curate::split_words(text, words);
  size_t end = 0;
  for (const auto& word : words) {
    if (word.begin < end || word.length == 0 || word.characters == 0) std::abort();
    end = word.begin + word.length;
  }
  if (end > text.size()) std::abort();
  std::vector<std::string_view> sentences;
  fundi::curate::split_sentences(text, sentences);
  const char* last = text.data();
  for (const std::string_view sentence : sentences) {
    if (sentence.empty() || sentence.data() < last) std::abort();
    last = sentence.data() + sentence.size();
  }
  if (last > text.data() + text.size()) std::abort();
  const std::string simple = fundi::curate::simplify(text);
  if (fundi::curate::simplify(simple) != simple) std::abort();
  std::vector<uint64_t> hashes;
  fundi::curate::shingle_hashes(simple, 3, hashes);
  if (fundi::curate::take_sample(text, 64).text.size() > 300) std::abort();
  return 0;
}
