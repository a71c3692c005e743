#include "curate/dedup/tokens.h"

#include <array>
#include <string>

#include "base/hash.h"
#include "curate/words/simplify.h"
#include "curate/words/words.h"

namespace fundi::curate::dedup {
namespace {

// What simplify makes of an ASCII character; 0 where that is a space.
constexpr std::array<char, 128> kSimplified = [] {
  std::array<char, 128> table{};
  for (char c = 'a'; c <= 'z'; ++c) {
    table[static_cast<size_t>(c)] = c;
    table[static_cast<size_t>(c - 32)] = c;
  }
  for (char c = '0'; c <= '9'; ++c) table[static_cast<size_t>(c)] = '0';
  return table;
}();

bool parts_words(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x80 && kSimplified[byte] == 0;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_decimal_mark(std::string_view text, size_t at) {
  return (text[at] == '.' || text[at] == ',') && at > 0 && is_digit(text[at - 1]) &&
         at + 1 < text.size() && is_digit(text[at + 1]);
}

// A stretch with other than ASCII: words as Unicode sees them, each of which may fall apart or
// vanish.
void tokenize_unicode(std::string_view stretch, uint64_t begin, std::vector<Token>& tokens) {
  thread_local std::vector<Word> words;
  split_words(stretch, words);
  for (const Word& word : words) {
    const std::string simplified = simplify(word.in(stretch));
    for (size_t at = 0; at < simplified.size();) {
      const size_t end = std::min(simplified.find(' ', at), simplified.size());
      tokens.push_back({hash64(std::string_view(simplified).substr(at, end - at)),
                        begin + word.begin, begin + word.begin + word.length});
      at = end + 1;
    }
  }
}

}  // namespace

void tokenize(std::string_view text, std::vector<Token>& tokens) {
  tokens.clear();
  std::string folded;
  for (size_t at = 0; at < text.size();) {
    if (parts_words(text[at])) {
      ++at;
      continue;
    }
    const size_t begin = at;
    bool ascii = true, decimal = false;  // a number is one word, with one decimal mark
    folded.clear();
    for (; at < text.size(); ++at) {
      if (parts_words(text[at])) {
        if (decimal || !is_decimal_mark(text, at)) break;
        decimal = true;
        continue;
      }
      const auto byte = static_cast<unsigned char>(text[at]);
      ascii &= byte < 0x80;
      decimal &= is_digit(text[at]);
      if (ascii && !(is_digit(text[at]) && folded.ends_with('0'))) folded += kSimplified[byte];
    }
    if (ascii) {
      tokens.push_back({hash64(folded), begin, at});
    } else {
      tokenize_unicode(text.substr(begin, at - begin), begin, tokens);
    }
  }
}

}  // namespace fundi::curate::dedup
