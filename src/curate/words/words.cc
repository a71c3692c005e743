#include "curate/words/words.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <algorithm>
#include <memory>

#include "base/error.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

icu::BreakIterator& word_iterator() {
  thread_local std::unique_ptr<icu::BreakIterator> iterator = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
    if (U_FAILURE(status)) fail(ErrorCode::kInternal, "ICU has no word breaks");
    return made;
  }();
  return *iterator;
}

void add_word(std::string_view text, size_t begin, size_t end, std::vector<Word>& words) {
  const uint8_t* const classes = text::char_classes();
  while (begin < end) {
    const auto c = text::code_point_at(text, begin);
    if (!(classes[c.value] & text::kSpace)) break;
    begin += c.length;
  }
  if (begin == end) return;
  Word word{.begin = static_cast<uint32_t>(begin), .length = static_cast<uint32_t>(end - begin)};
  uint32_t characters = 0;
  bool same = true;
  const auto first = text::code_point_at(text, begin);
  text::for_each_character(text.substr(begin, end - begin), [&](char32_t c, std::string_view) {
    ++characters;
    same &= c == first.value;
    word.has_letter |= (classes[c] & text::kLetter) != 0;
    word.has_non_symbol |= (classes[c] & (text::kPunctuation | text::kSymbol)) == 0;
  });
  if (same && characters > 1 && (classes[first.value] & text::kPunctuation)) {
    word.length = first.length;
    word.characters = 1;
    for (; word.begin < end; word.begin += first.length) words.push_back(word);
    return;
  }
  word.characters = static_cast<uint16_t>(std::min(characters, 65535u));
  words.push_back(word);
}

}  // namespace

void split_words(std::string_view text, std::vector<Word>& words) {
  words.clear();
  UErrorCode status = U_ZERO_ERROR;
  UText source = UTEXT_INITIALIZER;
  utext_openUTF8(&source, text.data(), static_cast<int64_t>(text.size()), &status);
  icu::BreakIterator& iterator = word_iterator();
  iterator.setText(&source, status);
  int32_t begin = iterator.first();
  for (int32_t end = iterator.next(); end != icu::BreakIterator::DONE; end = iterator.next()) {
    add_word(text, static_cast<size_t>(begin), static_cast<size_t>(end), words);
    begin = end;
  }
  utext_close(&source);
}

}  // namespace fundi::curate
