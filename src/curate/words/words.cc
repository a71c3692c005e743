#include "curate/words/words.h"

#include <algorithm>
#include <array>

#include "curate/words/dictionary.h"
#include "curate/words/word_classes.h"
#include "text/char_class.h"
#include "text/utf8.h"

namespace fundi::curate {
namespace {

// Bytes that a dictionary divides at once, to bound what it takes for a text without an end.
constexpr size_t kMaxStretch = size_t{1} << 20;

// White space and connector in one: it may stand within a word, but not at its ends.
constexpr std::string_view kNarrowSpace = "\u202F";

constexpr uint32_t bit(WordClass c) { return uint32_t{1} << c; }
constexpr uint32_t kLetters = bit(kLetter) | bit(kHebrew);
constexpr uint32_t kAlphanumeric = kLetters | bit(kNumeric) | bit(kConnector);

// By class of a character: those that hold to it, whatever extends it (WB5 to WB13, WB15, WB16).
constexpr std::array<uint32_t, kWordClasses> kJoins = [] {
  std::array<uint32_t, kWordClasses> joins{};
  joins[kLetter] = joins[kHebrew] = joins[kNumeric] = kAlphanumeric;
  joins[kConnector] = kAlphanumeric | bit(kKatakana);
  joins[kKatakana] = bit(kKatakana) | bit(kConnector);
  joins[kRegional] = bit(kRegional);
  return joins;
}();

// Those that hold to it where nothing extends it.
constexpr std::array<uint32_t, kWordClasses> kJoinsDirectly = [] {
  std::array<uint32_t, kWordClasses> joins{};
  joins[kHangul] = bit(kHangul);
  joins[kKatakana] = joins[kIdeograph] = bit(kKatakana) | bit(kIdeograph);
  return joins;
}();

// What must stand after `mark` for it to be inside of a word after a character of class `last`
// (WB6, WB7, WB7b, WB11, WB12).
uint32_t needed_after(uint32_t last, uint32_t mark) {
  const bool letter = last == kLetter || last == kHebrew;
  const bool between_letters = mark == kMidLetter || mark == kMidBoth || mark == kSingleQuote;
  const bool between_numbers = mark == kMidNumber || mark == kMidBoth || mark == kSingleQuote;
  if (letter && between_letters) return kLetters;
  if (last == kNumeric && between_numbers) return bit(kNumeric);
  return last == kHebrew && mark == kDoubleQuote ? bit(kHebrew) : 0;
}

struct Character {
  uint32_t properties, length;
  uint32_t word_class() const { return properties & kClassBits; }
};

struct Segment {
  size_t end = 0;
  uint32_t flags = 0;  // of all its characters
  uint32_t characters = 0;
};

class Segmenter {
 public:
  explicit Segmenter(std::string_view text) : text_(text), properties_(word_properties()) {}

  // Past white space that holds to nothing but itself and marks.
  size_t skip_spaces(size_t pos) const {
    while (pos < text_.size()) {
      const Character c = at(pos);
      if (!(c.properties & kBlank) || c.word_class() == kConnector) break;
      pos += c.length;
    }
    return pos;
  }

  // From the boundary `begin` to the next.
  Segment next(size_t begin) const {
    Segment segment{.end = begin};
    Character previous = at(begin);
    uint32_t last = previous.word_class();  // of the last character that extends none
    take(segment, previous);
    while (true) {
      if (kAlphanumeric >> last & 1) take_ascii(segment, last, previous);
      if (segment.end >= text_.size()) break;
      const Character c = at(segment.end);
      if (c.word_class() != kExtend) {
        const uint32_t next = joined(last, previous, c, segment.end);
        if (next == kWordClasses) break;
        last = next;
      }
      take(segment, c);
      previous = c;
    }
    return segment;
  }

  Segment gather(size_t begin, size_t end) const {
    Segment segment{.end = begin};
    while (segment.end < end) take(segment, at(segment.end));
    return segment;
  }

 private:
  Character at(size_t pos) const {
    const auto byte = static_cast<unsigned char>(text_[pos]);
    if (byte < 0x80) return {properties_.ascii[byte], 1};
    const text::CodePoint c = text::code_point_at(text_, pos);
    return {properties_.of[c.value], c.length};
  }

  static void take(Segment& segment, Character c) {
    segment.flags |= c.properties;
    segment.characters += 1;
    segment.end += c.length;
  }

  // Most words are ASCII alone.
  void take_ascii(Segment& segment, uint32_t& last, Character& previous) const {
    size_t pos = segment.end;
    uint32_t flags = 0, properties = 0;
    while (pos < text_.size()) {
      const uint32_t next = properties_.ascii[static_cast<unsigned char>(text_[pos])];
      if (!(next & kWordly)) break;
      properties = next;
      flags |= next;
      ++pos;
    }
    if (pos == segment.end) return;
    segment.flags |= flags;
    segment.characters += static_cast<uint32_t>(pos - segment.end);
    segment.end = pos;
    previous = {properties, 1};
    last = previous.word_class();
  }

  // The class to go on with if there is no boundary before `c` at `pos`; kWordClasses if there is.
  uint32_t joined(uint32_t last, Character previous, Character c, size_t pos) const {
    const uint32_t own = c.word_class();
    if (kJoins[last] >> own & 1) return last == kRegional ? uint32_t{kOther} : own;
    const bool direct = previous.word_class() == last;
    if (direct && (kJoinsDirectly[last] >> own & 1)) return own;
    if ((previous.properties & kJoiner) && (c.properties & kPictographic)) return own;
    const uint32_t needed = needed_after(last, own);
    // The mark does not count as the last: what follows holds to what stands before it.
    if (needed && (needed >> class_after(pos + c.length) & 1)) return last;
    if (last == kHebrew && own == kSingleQuote) return own;
    return kWordClasses;
  }

  // Of the first character from `pos` on that extends none.
  uint32_t class_after(size_t pos) const {
    for (; pos < text_.size();) {
      const Character c = at(pos);
      if (c.word_class() != kExtend) return c.word_class();
      pos += c.length;
    }
    return kOther;
  }

  std::string_view text_;
  const WordProperties& properties_;
};

class Words {
 public:
  Words(std::string_view text, std::vector<Word>& words)
      : text_(text), words_(words), segmenter_(text) {}

  void split() {
    for (size_t pos = segmenter_.skip_spaces(0); pos < text_.size();) {
      const Segment segment = segmenter_.next(pos);
      if ((segment.flags & kDictionary) && segment.characters > 1) {
        divide(pos, segment.end);
      } else {
        add(pos, segment);
      }
      pos = segmenter_.skip_spaces(segment.end);
    }
  }

 private:
  void trim(size_t& begin, Segment& segment) const {
    while (segment.characters > 0 && text_.substr(begin).starts_with(kNarrowSpace)) {
      begin += kNarrowSpace.size();
      segment.characters -= 1;
    }
    while (segment.characters > 0 && text_.substr(0, segment.end).ends_with(kNarrowSpace)) {
      segment.end -= kNarrowSpace.size();
      segment.characters -= 1;
    }
  }

  void add(size_t begin, Segment segment) {
    if (segment.flags & kBlank) {
      trim(begin, segment);
      if (segment.characters == 0) return;
    }
    Word word{.begin = static_cast<uint32_t>(begin),
              .length = static_cast<uint32_t>(segment.end - begin),
              .characters = static_cast<uint16_t>(std::min(segment.characters, 65535u)),
              .has_letter = (segment.flags & kAnyLetter) != 0,
              .has_non_symbol = (segment.flags & kNonSymbol) != 0};
    if (segment.characters > 1 && !word.has_non_symbol && repeats_a_mark(word)) {
      word.length /= segment.characters;
      word.characters = 1;
      for (; word.begin < segment.end; word.begin += word.length) words_.push_back(word);
    } else {
      words_.push_back(word);
    }
  }

  bool repeats_a_mark(const Word& word) const {
    const std::string_view all = word.in(text_);
    const text::CodePoint first = text::code_point_at(all, 0);
    return (text::char_classes()[first.value] & text::kPunctuation) &&
           all.substr(first.length) == all.substr(0, all.size() - first.length);
  }

  void divide(size_t begin, size_t end) {
    thread_local std::vector<uint32_t> ends;
    while (begin < end) {
      size_t piece = std::min(end - begin, kMaxStretch);
      while (begin + piece < end && (text_[begin + piece] & 0xC0) == 0x80) --piece;
      divide_by_dictionary(text_.substr(begin, piece), ends);
      size_t pos = begin;
      for (const uint32_t offset : ends) {
        add(pos, segmenter_.gather(pos, begin + offset));
        pos = begin + offset;
      }
      begin += piece;
    }
  }

  std::string_view text_;
  std::vector<Word>& words_;
  Segmenter segmenter_;
};

}  // namespace

void split_words(std::string_view text, std::vector<Word>& words) {
  words.clear();
  Words(text, words).split();
}

}  // namespace fundi::curate
