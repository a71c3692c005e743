#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace fundi::curate {

// What the rules of ICU's word breaks (UAX #29 as CLDR tailors it: "@" is a letter, ":" is not
// within words, ideographs and kana hold together until a dictionary cuts them) ask of a character.
enum WordClass : uint16_t {
  kOther,
  kCr,
  kNewline,  // line feed too
  kSpace,    // a run of these holds together
  kExtend,   // marks, format controls, ZWJ: belong to what stands before
  kPictograph,
  kRegional,  // halves of flags
  kLetter,    // with a dictionary flag where the script writes no spaces
  kHebrew,
  kNumeric,
  kConnector,  // "_"
  kKatakana,
  kIdeograph,  // and Hiragana
  kHangul,
  kMidLetter,
  kMidNumber,
  kMidBoth,
  kSingleQuote,
  kDoubleQuote,
  kWordClasses,
};

// Properties of a character: its WordClass in the low five bits, and flags.
inline constexpr uint16_t kClassBits = 31;
inline constexpr uint16_t kDictionary = 1 << 5;  // its words are found by a dictionary
inline constexpr uint16_t kJoiner = 1 << 6;      // U+200D: a pictograph holds to what it ends
inline constexpr uint16_t kPictographic = 1 << 7;
inline constexpr uint16_t kAnyLetter = 1 << 8;  // general category L
inline constexpr uint16_t kNonSymbol = 1 << 9;  // no punctuation, symbol or white space
inline constexpr uint16_t kBlank = 1 << 10;     // White_Space
inline constexpr uint16_t kWordly = 1 << 11;    // letter, number, connector: hold together

struct WordProperties {
  std::vector<uint16_t> of;         // one entry a code point
  std::array<uint16_t, 256> ascii;  // one entry a byte; 0 for those beyond ASCII
};

// Built at the first call; thread-safe. Throws kInternal without ICU data.
const WordProperties& word_properties();

}  // namespace fundi::curate
